import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { histories, kindsOf, untilEvents } from '../support/event-reader.ts';
import { type Sender, startSender } from '../support/sender.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createWallClock } from '../support/wall-clock.ts';

const hourMs = 3_600_000;

let service: SpawnedService | undefined;
let senders: Sender[] = [];

afterEach(async () => {
  await service?.kill();
  await Promise.all(senders.map((sender) => sender.end()));
});

describe('A service whose wall clock is set', () => {
  it('has no false alarm, and finds a death as usual, also over restarts', async () => {
    const clock = createWallClock();
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder(), ...clock.settings };
    let current = await spawnService(settings);
    service = current;
    senders = ['lives', 'dies'].map((instance) => startSender(() => current.url, instance));
    await untilEvents(current.url, (events) => events.length >= 2);

    for (const offsetMs of [hourMs, -hourMs]) {
      await clock.set(offsetMs);
      await delay(1_500);
    }
    for (const offsetMs of [hourMs, -hourMs]) {
      await current.kill();
      await clock.set(offsetMs);
      current = await spawnService(settings);
      service = current;
      await delay(2_500);
    }
    expect(histories(await untilEvents(current.url, () => true))).toEqual({
      lives: ['started'],
      dies: ['started'],
    });

    senders[1]?.silence();
    const absentSince = performance.now();
    await clock.set(hourMs);
    await untilEvents(current.url, (events) => kindsOf(events, 'dies').includes('late'));
    await clock.set(-hourMs);
    const events = await untilEvents(current.url, (all) => kindsOf(all, 'dies').includes('down'));
    // Due after four seconds.
    expect(performance.now() - absentSince).toBeLessThan(10_000);
    const reported = histories(events);
    expect(reported['lives']).toEqual(['started']);
    // In the order of their times, which the clock has reversed.
    expect(reported['dies']).toEqual(['down', 'started', 'late']);
  }, 60_000);
});
