import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { mirrorStore } from '../../service/store/gauges.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { samplesOf } from '../support/samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('mirrorStore', () => {
  it('has the number and the age of the records that wait, the limit and the free space', async () => {
    const clock = createFakeClock();
    const metrics = createMetrics();
    const store = await openTestStore(temporaryFolder(), { clock });
    const reader = store.heartbeats.reader('monasca');
    mirrorStore(store, 4_321, { clock, metrics, log: createRecordedLog().log });
    const shown = async () => {
      const samples = await samplesOf(metrics);
      return [
        samples.get('heartbeat_outbox_records{stream="heartbeats"}'),
        samples.get('heartbeat_outbox_oldest_age_seconds{stream="heartbeats"}'),
      ];
    };
    expect(await shown()).toEqual([0, 0]);
    await store.heartbeats.append(someHeartbeats(5));
    clock.stepWall(30_000);
    await store.heartbeats.append(someHeartbeats(2, 6));
    clock.stepWall(12_000);
    expect(await shown()).toEqual([7, 42]);
    await reader.settle(4, []);
    expect(await shown()).toEqual([3, 42]);
    await reader.settle(5, []);
    expect(await shown()).toEqual([2, 12]);
    clock.stepWall(-20_000);
    expect(await shown()).toEqual([2, 0]);
    const samples = await samplesOf(metrics);
    expect(samples.get('heartbeat_outbox_limit_records')).toBe(4_321);
    expect(samples.get('heartbeat_disk_free_bytes')).toBe(store.freeBytes());
    expect(store.freeBytes()).toBeGreaterThan(0);
  });
});
