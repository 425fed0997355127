import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { histories, untilEvents } from '../support/event-reader.ts';
import { metric } from '../support/pipeline-state.ts';
import { type Sender, startSender } from '../support/sender.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';

/** Senders declare a second: late after two, down after four. */
const downMs = 4_000;
/** Shorter and longer than the gap that counts as blind time. */
const shortMs = 1_600;
const longMs = 1.5 * downMs;

let service: SpawnedService | undefined;
let senders: Sender[] = [];

afterEach(async () => {
  await service?.kill();
  await Promise.all(senders.map((sender) => sender.end()));
});

describe('A service whose process stands still', () => {
  it('has no false alarm, counts the blind time, and finds an instance that died meanwhile', async () => {
    const { pid, url } = await startWith('lives', 'lives too', 'dies');
    await untilEvents(url, (events) => events.length >= 3);

    process.kill(pid, 'SIGSTOP');
    await delay(longMs / 2);
    senders[2]?.silence();
    await delay(longMs / 2);
    process.kill(pid, 'SIGCONT');
    await untilEvents(url, (events) => events.some(({ data }) => data.kind === 'down'));

    for (let stall = 0; stall < 3; stall++) {
      process.kill(pid, 'SIGSTOP');
      await delay(shortMs);
      process.kill(pid, 'SIGCONT');
      await delay(400);
    }
    await delay(1_500);
    expect(histories(await untilEvents(url, () => true))).toEqual({
      lives: ['started'],
      'lives too': ['started'],
      dies: ['started', 'late', 'down'],
    });

    const blind = await metric(url, 'heartbeat_blind_seconds_total', '{cause="stall"}');
    // One evaluation and a tenth of each late evaluation do not count as blind time.
    expect(blind).toBeGreaterThan(longMs / 1_000 - 2);
    const health = JSON.parse(await (await fetch(`${url}/health`)).text());
    const { stall } = health.dependencies.liveness.blindSeconds;
    expect(stall).toBeGreaterThanOrEqual(Math.floor(blind));
    expect(stall).toBeLessThan(blind + 2);
    expect(health.status).toBe('up');
  }, 60_000);
});

async function startWith(...instances: string[]): Promise<SpawnedService> {
  const spawned = await spawnService();
  service = spawned;
  senders = instances.map((instance) => startSender(() => spawned.url, instance));
  return spawned;
}
