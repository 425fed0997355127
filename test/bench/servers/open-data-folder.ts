import { systemClock } from '../../../service/runtime/clock.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { openStore, type Store } from '../../../service/store/store.ts';

/** Opens the store of a data folder without a service around it. */
export function openDataFolder(dataDir: string, maxRecords = 1): Promise<Store> {
  const runtime = { clock: systemClock, log: createLog('silent'), metrics: createMetrics() };
  return openStore({ dataDir, maxRecords, minFreeBytes: 0 }, runtime);
}
