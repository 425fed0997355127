import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { allEvents, histories, kindsOf } from '../support/event-reader.ts';
import { type FailPoint, failPointSettings } from '../support/fail-point.ts';
import { startSender } from '../support/sender.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { untilResult } from '../support/until.ts';

const expected = {
  lives: ['started'],
  dies: ['started', 'late', 'down'],
  flickers: ['started', 'late', 'recovered'],
  leaves: ['started', 'retired'],
} as const;

/** Creation of an event: the row is changed in memory, and nothing is on disk. */
const made = (hit: number): FailPoint => ({
  file: 'liveness/reporting/reporter.ts',
  line: 'this.#parts.queue.add(event, ref);',
  hit,
});
/** Insertion of an event into the transaction. */
const beforeCommit = (hit: number): FailPoint => ({
  file: 'store/events/event-log.ts',
  line: 'const { id, atMs, kind, subject } = event;',
  hit,
});
/** After each commit of events, and those of the clock between them. */
const afterCommit = (hit: number): FailPoint => ({
  file: 'store/events/event-log.ts',
  line: 'if (events.length > 0) this.#readers.appended()',
  hit,
});
/** In a checkpoint, after the ledger is on disk and before rows and cursor are. */
const inCheckpoint: FailPoint = {
  file: 'liveness/change-queue.ts',
  line: "return this.flush('checkpoint');",
  hit: 1,
};

const points = [
  inCheckpoint,
  ...[1, 6, 8].map(made),
  ...[2, 5, 6, 8].map(beforeCommit),
  ...[1, 3, 4, 5, 6, 8].map(afterCommit),
];

/** Runs a service that dies once at the point and is restarted at once, with the same senders. */
async function runPast(point: FailPoint) {
  const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
  const dying = await spawnService({ ...settings, ...failPointSettings(point) });
  let service: SpawnedService = dying;
  const restarted = dying.exited.then(async (ending) => {
    service = await spawnService(settings);
    return ending;
  });
  restarted.catch(() => undefined);
  const url = () => service.url;

  const until = (isEnough: (events: readonly CloudEvent[]) => boolean) =>
    untilResult(() => allEvents(url()).catch(() => []), isEnough, {
      withinMs: 60_000,
      everyMs: 100,
    });
  const isReported = (instance: string, kind: string) =>
    until((events) => kindsOf(events, instance).some((one) => one === kind));

  const [lives, dies, flickers, leaves] = [
    startSender(url, 'lives'),
    startSender(url, 'dies'),
    // Its interval leaves time to resume between late and down.
    startSender(url, 'flickers', { intervalSeconds: 2 }),
    startSender(url, 'leaves'),
  ];
  await until((events) => Object.keys(histories(events)).length === 4);
  dies.silence();
  flickers.silence();
  await leaves.sendStopping();
  await isReported('flickers', 'late');
  flickers.resume();
  await isReported('dies', 'down');
  const ending = await restarted;
  await until((events) => events.length >= Object.values(expected).flat().length);
  await delay(1_500);
  const events = await allEvents(url());
  await service.kill();
  await Promise.all([lives, dies, flickers, leaves].map((sender) => sender.end()));
  return { point, signal: ending.signal, events: histories(events) };
}

describe('The events of a service that is killed while it makes them', () => {
  it('are there exactly once', async () => {
    // A few at a time, so that a slow machine can start the services.
    for (let from = 0; from < points.length; from += 5) {
      const some = points.slice(from, from + 5);
      const runs = await Promise.all(some.map(runPast));
      expect(runs).toEqual(some.map((point) => ({ point, signal: 'SIGKILL', events: expected })));
    }
  }, 240_000);
});
