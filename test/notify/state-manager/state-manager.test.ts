import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stateManagerNotifier } from '../../../service/config/sections/notifiers/state-manager.ts';
import type { EventKind, LivenessEvent } from '../../../service/contract/event.ts';
import { createNotifier } from '../../../service/notify/notifiers.ts';
import { createHsm } from '../../../service/notify/state-manager/hsm.ts';
import { createStateManager } from '../../../service/notify/state-manager/state-manager.ts';
import { systemClock as clock } from '../../../service/runtime/clock.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../../support/destination-contract.ts';
import { anEvent } from '../../support/events.ts';
import { type FakeHsm, startFakeHsm } from '../../support/fake-hsm.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

const signal = () => new AbortController().signal;

/** A change of a node; of who recovers, from `previous`. */
const change = (instance: string, kind: EventKind, previous?: 'late' | 'down'): LivenessEvent => {
  const state = kind === 'late' || kind === 'down' ? kind : 'up';
  const subject = { name: 'Node', version: 'hbtd', instance };
  return anEvent({ kind, subject, state, ...(previous ? { previous } : {}) });
};

async function* behind(events: readonly LivenessEvent[]) {
  yield* events;
}
const nothingBehind = () => behind([]);

describeDestination('a state manager', (url) => {
  const hsm = createHsm(undefined);
  const manager = createStateManager({
    hsm: {
      ...hsm,
      // The suite is about what becomes of the changes.
      ready: () => Promise.resolve({ kind: 'response', status: 200, headers: {}, body: '' }),
    },
    target: () => ({ url, timeoutMs: contractTimeoutMs }),
    lookAhead: nothingBehind,
    clock,
  });
  return underTest(manager.deliver, [change('x0c0s0b0n0', 'down')], manager.close);
});

describe('createStateManager', () => {
  let hsm: FakeHsm;
  beforeEach(async () => {
    hsm = await startFakeHsm();
  });
  afterEach(() => hsm.stop());

  const manager = (later: readonly LivenessEvent[] = []) =>
    createNotifier(
      stateManagerNotifier.parse({ name: 'hsm', type: 'state-manager', url: hsm.url }),
      { clock, log: createRecordedLog().log, metrics: createMetrics() },
      () => behind(later),
    );

  it('patches all components of one kind of change together, four times at the most', async () => {
    const events = [
      change('x0', 'started'),
      change('x1', 'recovered', 'down'),
      change('x2', 'recovered', 'late'),
      change('x3', 'late'),
      change('x4', 'down'),
      change('x5', 'started'),
    ];
    expect(await manager().deliver(events, signal())).toEqual({ kind: 'delivered' });
    expect(hsm.patches).toHaveLength(4);
    expect(hsm.patches).toEqual(
      expect.arrayContaining([
        {
          ComponentIDs: ['x0', 'x1', 'x5'],
          State: 'Ready',
          Flag: 'OK',
          ExtendedInfo: { ID: '', Message: 'Heartbeat started', Flag: '' },
        },
        {
          ComponentIDs: ['x4'],
          State: 'Standby',
          Flag: 'Alert',
          ExtendedInfo: { ID: '', Message: 'Heartbeat stopped -- declared dead', Flag: '' },
        },
      ]),
    );
    expect(hsm.messagesAbout('x2')).toEqual(['Ready/OK Heartbeat restarted']);
    expect(hsm.messagesAbout('x3')).toEqual(['Ready/Warning Heartbeat stopped -- might be dead']);
  });

  it('says who it is, and that it brings JSON', async () => {
    await manager().deliver([change('x0', 'started')], signal());
    expect(hsm.headers).toEqual([
      expect.objectContaining({ 'user-agent': hostname(), 'content-type': 'application/json' }),
    ]);
  });

  it('sends of each component the newest change alone', async () => {
    const events = [change('x0', 'late'), change('x1', 'late'), change('x0', 'down')];
    const later = [change('x1', 'recovered', 'late'), change('x7', 'down')];
    await manager(later).deliver(events, signal());
    expect(hsm.patches.map(({ ComponentIDs }) => ComponentIDs)).toEqual([['x0']]);
    expect(hsm.messagesAbout('x0')).toEqual(['Standby/Alert Heartbeat stopped -- declared dead']);
  });

  it('sends nothing when all of it is stale, and goes on', async () => {
    const later = [change('x0', 'recovered', 'down')];
    expect(await manager(later).deliver([change('x0', 'down')], signal())).toEqual({
      kind: 'delivered',
    });
    expect(hsm.patches).toEqual([]);
  });

  it('passes over what is no change, and names that it would refuse', async () => {
    const nameless = { name: 'INVALID', version: 'hbtd', instance: 'login-7' };
    const events = [anEvent({ kind: 'started', subject: nameless }), anEvent({ kind: 'retired' })];
    expect(await manager().deliver(events, signal())).toMatchObject({ records: 0 });
    expect(hsm.requests).toEqual([]);
  });

  it.each([200, 202, 204])('takes %s for a success', async (status) => {
    hsm.answerWith(status);
    expect(await manager().deliver([change('x0', 'down')], signal())).toEqual({
      kind: 'delivered',
    });
  });

  it.each([
    [201, 'unexpected-answer'],
    [207, 'unexpected-answer'],
    [404, 'unexpected-answer'],
    [500, 'server-error'],
  ])('tries again after %s', async (status, reason) => {
    hsm.answerWith(status);
    const outcome = await manager().deliver([change('x0', 'down')], signal());
    expect(outcome).toMatchObject({ kind: 'retry', reason });
  });

  it('waits until it is ready', async () => {
    hsm.setState('not-ready');
    const notifier = manager();
    expect(await notifier.deliver([change('x0', 'down')], signal())).toMatchObject({
      kind: 'retry',
      reason: 'server-error',
    });
    expect(hsm.requests).toEqual(['GET /service/ready']);
    hsm.setState('ready');
    expect(await notifier.deliver([change('x0', 'down')], signal())).toEqual({ kind: 'delivered' });
  });

  it('returns `rejected` for a refusal, so that the pump finds the component at fault', async () => {
    hsm.refuse('x1');
    const outcome = await manager().deliver([change('x0', 'down'), change('x1', 'late')], signal());
    expect(outcome).toMatchObject({ kind: 'rejected' });
    expect(hsm.messagesAbout('x0')).toHaveLength(1);
  });

  it('requests the readiness for a test, and sends nothing', async () => {
    const test = anEvent({ kind: 'test', subject: undefined });
    expect(await manager().deliver([test], signal())).toEqual({ kind: 'delivered' });
    expect(hsm.requests).toEqual(['GET /service/ready']);
    await hsm.close();
    expect(await manager().deliver([test], signal())).toMatchObject({ reason: 'unreachable' });
  });

  it('does not connect to a server with an unknown certificate', async () => {
    const [key, cert] = ['key.pem', 'certificate.pem'].map((name) =>
      readFileSync(fixture(name), 'utf8'),
    );
    const secure = await startFakeHsm({ tls: { key: key ?? '', cert: cert ?? '' } });
    const settings = { name: 'hsm', type: 'state-manager', url: secure.url };
    const runtime = { clock, log: createRecordedLog().log, metrics: createMetrics() };
    const trusting = createNotifier(
      stateManagerNotifier.parse({ ...settings, caFile: fixture('certificate.pem') }),
      runtime,
    );
    const wary = createNotifier(stateManagerNotifier.parse(settings), runtime);
    expect(await wary.deliver([change('x0', 'down')], signal())).toMatchObject({
      kind: 'retry',
      reason: 'unreachable',
    });
    expect(secure.requests).toEqual([]);
    expect(await trusting.deliver([change('x0', 'down')], signal())).toEqual({ kind: 'delivered' });
    trusting.close();
    wary.close();
    await secure.stop();
  });

  it('sends nothing while no State Manager is configured', async () => {
    const target = () => undefined;
    const options = { hsm: createHsm(undefined), target, lookAhead: nothingBehind, clock };
    const { deliver } = createStateManager(options);
    expect(await deliver([change('x0', 'down')], signal())).toMatchObject({ records: 0 });
  });
});
