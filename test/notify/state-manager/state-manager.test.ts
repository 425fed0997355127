import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stateManagerNotifier } from '../../../service/config/sections/notifiers/state-manager.ts';
import type { EventKind, LivenessEvent } from '../../../service/contract/event.ts';
import type { RoutedLog } from '../../../service/notify/notifier.ts';
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

/** A log in which these events follow the ones at hand, and may become more. */
function logWith(later: LivenessEvent[]): RoutedLog {
  return {
    lookAhead: async function* lookAhead() {
      yield* later;
    },
    seqOf: ({ id }) => 1 + later.findIndex((event) => event.id === id),
    readAfter: (seq) => ({ events: later.slice(seq), lastSeq: later.length }),
    newestOf: ({ subject }) =>
      later.filter((event) => JSON.stringify(event.subject) === JSON.stringify(subject)),
  };
}

const refusal = { kind: 'retry', reason: 'unexpected-answer' } as const;
const setUp = (url: string) => {
  const hsm = createHsm(undefined);
  const manager = createStateManager({
    hsm: {
      ...hsm,
      // The suite is about what becomes of the changes.
      ready: () => Promise.resolve({ kind: 'response', status: 200, headers: {}, body: '' }),
    },
    target: () => ({ url, timeoutMs: contractTimeoutMs }),
    log: logWith([]),
    clock,
  });
  return underTest(manager.deliver, [change('x0c0s0b0n0', 'down')], manager.close);
};
describeDestination('a state manager', setUp, refusal);

describe('createStateManager', () => {
  let hsm: FakeHsm;
  beforeEach(async () => {
    hsm = await startFakeHsm();
  });
  afterEach(() => hsm.stop());

  const manager = (later: LivenessEvent[] = []) =>
    createNotifier(
      stateManagerNotifier.parse({ name: 'hsm', type: 'state-manager', url: hsm.url }),
      { clock, log: createRecordedLog().log, metrics: createMetrics() },
      logWith(later),
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
    expect(hsm.messagesAbout('x0')).toEqual(['Standby/Alert Heartbeat stopped -- declared dead']);
    expect(hsm.messagesAbout('x1')).toEqual(['Ready/OK Heartbeat restarted']);
    expect(hsm.messagesAbout('x7')).toEqual(['Standby/Alert Heartbeat stopped -- declared dead']);
  });

  it('sends nothing of a batch that it has read ahead', async () => {
    const later = [change('x0', 'recovered', 'down'), change('x1', 'down')];
    const notifier = manager(later);
    expect(await notifier.deliver([change('x0', 'down')], signal())).toEqual({ kind: 'delivered' });
    expect(hsm.messagesAbout('x0')).toEqual(['Ready/OK Heartbeat started']);
    expect(await notifier.deliver(later, signal())).toMatchObject({ records: 0 });
    expect(hsm.patches).toHaveLength(2);
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

  it('sends the changes of other kinds while one kind is not accepted, also later ones', async () => {
    const later: LivenessEvent[] = [];
    const notifier = manager(later);
    hsm.fail('Heartbeat started');
    const batch = [change('x0', 'started'), change('x1', 'late')];
    expect(await notifier.deliver(batch, signal())).toMatchObject({ reason: 'server-error' });
    expect(hsm.messagesAbout('x1')).toHaveLength(1);
    later.push(change('x2', 'down'), change('x3', 'started'));
    expect(await notifier.deliver(batch, signal())).toMatchObject({ reason: 'server-error' });
    expect(hsm.messagesAbout('x2')).toHaveLength(1);
    expect(hsm.messagesAbout('x1')).toHaveLength(1);
    hsm.fail(undefined);
    expect(await notifier.deliver(batch, signal())).toEqual({ kind: 'delivered' });
    expect(hsm.patches.at(-1)?.ComponentIDs).toEqual(['x0', 'x3']);
    expect(await notifier.deliver(later, signal())).toMatchObject({ records: 0 });
  });

  it('retries after 400, and makes no dead letter', async () => {
    hsm.refuse('x1');
    const notifier = manager();
    const batch = ['x0', 'x1', 'x2', 'x3'].map((name) => change(name, 'down'));
    const outcome = await notifier.deliver(batch, signal());
    expect(outcome).toMatchObject({ ...refusal, detail: expect.stringContaining('x1') });
    // The others are not delayed by the one at fault.
    for (const name of ['x0', 'x2', 'x3']) expect(hsm.messagesAbout(name)).toHaveLength(1);
    expect(await notifier.deliver(batch, signal())).toMatchObject(refusal);
    hsm.accept('x1');
    expect(await notifier.deliver(batch, signal())).toEqual({ kind: 'delivered' });
    expect(hsm.messagesAbout('x1')).toHaveLength(1);
    expect(hsm.messagesAbout('x0')).toHaveLength(1);
  });

  it('finds every component at fault among thousands, and sends few requests for that', async () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `x${index}`);
    const batch = names.map((name) => change(name, 'started'));
    const atFault = ['x0', 'x1499', 'x2999'];
    for (const name of atFault) hsm.refuse(name);
    const notifier = manager();
    for (let deliveries = 0; deliveries < 4; deliveries++) await notifier.deliver(batch, signal());
    const told = new Set(hsm.patches.flatMap(({ ComponentIDs }) => ComponentIDs));
    expect(names.filter((name) => !told.has(name))).toEqual(atFault);
    expect(hsm.requests.length).toBeLessThan(100);
    hsm.requests.length = 0;
    await notifier.deliver(batch, signal());
    expect(hsm.requests.length).toBeLessThanOrEqual(6);
  });

  it('forgets a change that is not accepted when the component is removed', async () => {
    hsm.refuse('x1');
    const later: LivenessEvent[] = [];
    const notifier = manager(later);
    const batch = [change('x0', 'down'), change('x1', 'down')];
    expect(await notifier.deliver(batch, signal())).toMatchObject(refusal);
    later.push(change('x1', 'retired'));
    expect(await notifier.deliver(batch, signal())).toMatchObject({ kind: 'delivered' });
  });

  it('requests the readiness again after five seconds or a failure only', async () => {
    const notifier = manager();
    for (const name of ['x0', 'x1', 'x2']) {
      await notifier.deliver([change(name, 'started')], signal());
    }
    expect(hsm.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
    hsm.setState('failing');
    await notifier.deliver([change('x0', 'late')], signal());
    await notifier.deliver([change('x0', 'late')], signal());
    expect(hsm.requests.filter((request) => request.startsWith('GET'))).toHaveLength(2);
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
    const options = { hsm: createHsm(undefined), target, log: logWith([]), clock };
    const { deliver } = createStateManager(options);
    expect(await deliver([change('x0', 'down')], signal())).toMatchObject({ records: 0 });
  });
});
