import type { RecordsConfig } from '../config/sections/records/records.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { RecordLog } from '../store/records/record-log.ts';

type RetainedLog = Pick<
  RecordLog,
  'head' | 'oldest' | 'seqAt' | 'removeUpTo' | 'dataBytes' | 'shrink'
>;

const everyMs = 10_000;
const dayMs = 86_400_000;
/** Share of the records that are removed at a time when they take too much space. */
const portion = 100;

/** Removes records by age and size every few seconds, until `signal` aborts. */
export async function retainRecords(
  config: RecordsConfig,
  log: RetainedLog,
  { clock, log: lines }: Pick<Runtime, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await removeOld(config, log, clock.now(), signal);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      lines.warn({ detail: error.message }, 'old records cannot be removed now');
    }
    await clock.sleep(everyMs, signal);
  }
}

/** Removes what is too old, then the oldest records until the rest is small enough. */
export async function removeOld(
  { retentionDays, maxBytes }: RecordsConfig,
  log: RetainedLog,
  nowMs: number,
  signal?: AbortSignal,
): Promise<void> {
  await removeUpTo(log, log.seqAt(nowMs - retentionDays * dayMs) - 1, signal);
  let hasRemoved = false;
  while (log.dataBytes() > maxBytes && !signal?.aborted) {
    const count = Math.ceil((log.head() - log.oldest() + 1) / portion);
    if ((await removeUpTo(log, log.oldest() - 1 + count, signal)) === 0) break;
    hasRemoved = true;
  }
  if (hasRemoved) while (!signal?.aborted && (await log.shrink()));
}

async function removeUpTo(log: RetainedLog, seq: number, signal?: AbortSignal): Promise<number> {
  let removed = 0;
  while (log.oldest() <= seq && !signal?.aborted) {
    const count = await log.removeUpTo(seq);
    if (count === 0) break;
    removed += count;
  }
  return removed;
}
