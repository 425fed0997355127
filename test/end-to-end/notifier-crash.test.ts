import { afterEach, describe, expect, it } from '@jest/globals';
import { expectationAt } from '../../service/config/settings.ts';
import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import type { Identity } from '../../service/contract/instance.ts';
import { untilEvents } from '../support/event-reader.ts';
import { type FailPoint, failPointSettings } from '../support/fail-point.ts';
import type { NotifierType, Receiver } from '../support/notifiers/notifier-type.ts';
import { notifierTypes } from '../support/notifiers/types.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const pump = (line: string, hit: number): FailPoint => ({ file: 'delivery/pump.ts', line, hit });

/** Lines between the response of a receiver and the commit of the cursor. */
const pointsOf = ({ deadlyAttempts = [1, 3] }: NotifierType): readonly FailPoint[] => [
  ...deadlyAttempts.map((hit) => pump('if (wasDelivered(outcome)) {', hit)),
  pump('if (due) await this.#options.reader.settle(', deadlyAttempts[0] ?? 1),
];

const defaultIdentities: readonly Identity[] = ['a', 'b'].map((instance) => ({
  name: 'Orion',
  version: '1.0',
  instance,
}));

async function beat({ url }: SpawnedService, identities: readonly Identity[]): Promise<void> {
  const body = JSON.stringify(identities.map((identity) => ({ ...identity, interval: 1 })));
  await fetch(`${url}/api/v1/heartbeats`, { method: 'POST', body });
}

type Marked = { readonly instance: string | undefined; readonly mark: string };

const markedOf = ({ markOf }: NotifierType, events: readonly CloudEvent[]): Marked[] =>
  events.flatMap((event) => {
    const mark = markOf(event);
    return mark === undefined ? [] : [{ instance: event.data.instance, mark }];
  });

/** Marks by instance: only the marks of one instance have an order. */
function histories(all: readonly Marked[]): Record<string, string[]> {
  const byInstance = Object.groupBy(all, ({ instance }) => instance ?? '');
  return Object.fromEntries(
    Object.entries(byInstance).map(([instance, some = []]) => [
      instance,
      some.map(({ mark }) => mark),
    ]),
  );
}

/** Sends one heartbeat of each instance; the service dies at the point and is restarted. */
async function runPast(type: NotifierType, point: FailPoint, receiver: Receiver) {
  const identities = type.identities ?? defaultIdentities;
  const notifier = { name: 'under-test', type: type.type, ...receiver.settings };
  const settings = {
    HEARTBEAT_DATA_DIR: temporaryFolder(),
    HEARTBEAT_NOTIFIERS: JSON.stringify([notifier]),
    HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '50',
  };
  const dying = await spawnService({ ...settings, ...failPointSettings(point) });
  await beat(dying, identities);
  const { signal } = await dying.exited;
  const atDeath = [...receiver.marks()];

  const service = await spawnService(settings);
  const isDown = (events: readonly CloudEvent[]) =>
    events.filter(({ data }) => data.kind === 'down').length === identities.length;
  const expected = markedOf(type, await untilEvents(service.url, isDown));
  const wanted = type.newestWins ? expected.slice(-1) : expected;
  // The last mark before the death arrives again, though no new one has to.
  const again = () => receiver.marks().slice(atDeath.length);
  const isDone = () =>
    atDeath.slice(-1).every((mark) => again().includes(mark)) &&
    wanted.every(({ mark }) => receiver.marks().includes(mark));
  await until(isDone, { everyMs: 50 });
  await service.kill();
  return { signal, atDeath, again: again(), expected };
}

describe.each(notifierTypes)(
  'a $type notifier, killed after it sent and before it moves the cursor',
  (type) => {
    const receivers: Receiver[] = [];
    afterEach(async () => {
      for (const receiver of receivers.splice(0)) await receiver.stop();
    });

    it('sends everything in order, and again what it had sent before the crash', async () => {
      const runs = pointsOf(type).map(async (point) => {
        const receiver = await type.startReceiver();
        receivers.push(receiver);
        return runPast(type, point, receiver);
      });
      for (const { signal, atDeath, again, expected } of await Promise.all(runs)) {
        expect(signal).toBe('SIGKILL');
        const first = [...new Set([...atDeath, ...again])].map((mark) => ({
          mark,
          instance: expected.find((one) => one.mark === mark)?.instance ?? 'no such event',
        }));
        if (type.newestWins) expect(expected).toEqual(expect.arrayContaining(first));
        else expect(histories(first)).toEqual(histories(expected));
        // The last event before the death was sent again, unchanged.
        expect(again).toContain(atDeath.at(-1));
      }
    }, 60_000);
  },
);

describe('notifierTypes', () => {
  it('has every type that can be configured', () => {
    const { expects } = expectationAt(['notifiers', 0, 'type'], {});
    const types = notifierTypes.map(({ type }) => type);
    expect(expects).toBe(`one of ${types.join(', ')}`);
  });
});
