import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openStore } from '../../service/store/store.ts';
import { someHeartbeats } from './heartbeats.ts';

/** Stores one heartbeat after the other, each acknowledged before the next; runs in a process of its own. */
export async function appendHeartbeats(dataDir: string, count: number): Promise<void> {
  const runtime = { clock: systemClock, log: createLog('silent'), metrics: createMetrics() };
  const store = await openStore({ dataDir, maxRecords: 1_000, minFreeBytes: 0 }, runtime);
  for (let n = 1; n <= count; n++) {
    const result = await store.heartbeats.append(someHeartbeats(1, n));
    if (result.kind !== 'stored') throw new Error(JSON.stringify(result));
  }
  await store.close();
}
