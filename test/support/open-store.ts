import { afterEach } from '@jest/globals';
import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openStore, type Store } from '../../service/store/store.ts';

const open = new Set<Store>();

afterEach(async () => {
  for (const store of open) await store.close();
  open.clear();
});

/** A store on `dataDir`; what the test does not close is closed after it. */
export async function openTestStore(
  dataDir: string,
  { maxRecords = 1_000_000, minFreeBytes = 0, log = createLog('silent'), clock = systemClock } = {},
): Promise<Store> {
  const runtime = { clock, log, metrics: createMetrics() };
  const store = await openStore({ dataDir, maxRecords, minFreeBytes }, runtime);
  open.add(store);
  return {
    ...store,
    close: async () => {
      open.delete(store);
      await store.close();
    },
  };
}
