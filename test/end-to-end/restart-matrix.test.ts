import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { eventsOf, histories, kindsOf, untilEvents } from '../support/event-reader.ts';
import { startSender } from '../support/sender.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Senders declare a second: late after two, down after four. */
const lateMs = 2_000;
const downMs = 4_000;
/** Delay by an evaluation every second and by a busy machine. */
const slackMs = 3_000;

type Cell = { readonly signal: 'SIGKILL' | 'SIGTERM'; readonly thresholds: number };

const cells: Cell[] = [0.5, 1, 3, 10].flatMap((thresholds) => [
  { signal: 'SIGKILL', thresholds },
  { signal: 'SIGTERM', thresholds },
]);

const expected = {
  lives: ['started'],
  livesAsDeclared: ['started'],
  diedLongBefore: ['started', 'late', 'down'],
  diedBefore: ['started', 'late', 'down'],
  diedDuring: ['started', 'late', 'down'],
  returnsAtOnce: ['started'],
  returnsLate: ['started', 'late', 'recovered'],
} as const;

/** Runs a service and its senders through one restart. */
async function runCell({ signal, thresholds }: Cell) {
  const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
  let service: SpawnedService = await spawnService(settings);
  const url = () => service.url;
  const lives = startSender(url, 'lives');
  // It loses a heartbeat to the restart, and sends the next up to an interval later.
  const livesAsDeclared = startSender(url, 'livesAsDeclared', {
    intervalSeconds: 2,
    everyMs: 2_000,
  });
  const diedLongBefore = startSender(url, 'diedLongBefore');
  const diedBefore = startSender(url, 'diedBefore');
  const diedDuring = startSender(url, 'diedDuring');
  const returnsAtOnce = startSender(url, 'returnsAtOnce');
  // Its interval leaves time to resume between late and down.
  const returnsLate = startSender(url, 'returnsLate', { intervalSeconds: 2 });
  const dead = [diedLongBefore, diedBefore, diedDuring];
  const senders = [lives, livesAsDeclared, ...dead, returnsAtOnce, returnsLate];
  const has = (instance: string, kind: string) => (events: readonly CloudEvent[]) =>
    kindsOf(events, instance).some((one) => one === kind);

  await untilEvents(service.url, (events) => events.length >= senders.length);
  diedLongBefore.silence();
  await untilEvents(service.url, has('diedLongBefore', 'late'));
  diedBefore.silence();
  await delay(lateMs / 2);

  await (signal === 'SIGKILL' ? service.kill() : service.stop());
  for (const sender of [diedDuring, returnsAtOnce, returnsLate]) sender.silence();
  await delay(thresholds * lateMs);
  service = await spawnService(settings);
  const returnedMs = Date.now();
  await delay(lateMs / 4);
  returnsAtOnce.resume();
  await untilEvents(service.url, has('returnsLate', 'late'));
  returnsLate.resume();
  await untilEvents(
    service.url,
    (events) => events.length >= Object.values(expected).flat().length,
  );
  // Time in which a wrong report would be made.
  await delay(lateMs);
  const events = await untilEvents(service.url, () => true);
  await service.kill();
  await Promise.all(senders.map((sender) => sender.end()));
  return { events, returnedMs, lastBeatMs: diedDuring.lastSentMs() };
}

describe('A service that is away for a while', () => {
  it('reports each death once and has no false alarm, however it ended and for however long', async () => {
    const runs = await Promise.all(cells.map(async (cell) => ({ cell, ...(await runCell(cell)) })));
    expect(runs.map(({ cell, events }) => ({ cell, events: histories(events) }))).toEqual(
      cells.map((cell) => ({ cell, events: expected })),
    );
    for (const { events, returnedMs, lastBeatMs } of runs) {
      const [, late, down] = eventsOf(events, 'diedDuring').map(({ time }) => Date.parse(time));
      expect(late).toBeGreaterThanOrEqual(lastBeatMs + lateMs);
      expect(late).toBeLessThanOrEqual(returnedMs + lateMs + slackMs);
      expect(down).toBeLessThanOrEqual(returnedMs + downMs + slackMs);
      const [, , age] = eventsOf(events, 'diedDuring').map(({ data }) => data.ageSeconds);
      expect(age).toBeGreaterThanOrEqual(downMs / 1_000);
      expect(age).toBeLessThanOrEqual((downMs + slackMs) / 1_000);
    }
  }, 120_000);

  it('finds a death though it is killed every half threshold, and has no false alarm', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    let service = await spawnService(settings);
    const url = () => service.url;
    const intervalSeconds = 1.5;
    const halfThresholdMs = intervalSeconds * 1_000;
    const lives = startSender(url, 'lives', { intervalSeconds });
    const dies = startSender(url, 'dies', { intervalSeconds });
    await untilEvents(service.url, (events) => events.length >= 2);
    dies.silence();
    let events: CloudEvent[] = [];
    for (let round = 0; round < 20 && !kindsOf(events, 'dies').includes('down'); round++) {
      await service.kill();
      service = await spawnService(settings);
      await delay(halfThresholdMs);
      events = await untilEvents(service.url, () => true);
    }
    await service.kill();
    await Promise.all([lives.end(), dies.end()]);
    expect(histories(events)).toEqual({ lives: ['started'], dies: ['started', 'late', 'down'] });
  }, 120_000);
});
