import type { Config } from '../config/schema.ts';
import type { DependencyHealth } from '../contract/health.ts';
import type { LogRecord } from '../contract/log-record.ts';
import type { RecordFormat } from '../contract/metrics/records.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { numberOrNaN } from '../store/failure.ts';
import { openRecordLog, type RecordLog } from '../store/records/record-log.ts';
import { type PatternParts, Patterns } from './patterns/patterns.ts';
import { retainRecords } from './retention.ts';

/** The records of other programs' logs, as they are stored and kept. */
export type Records = {
  readonly log: RecordLog;
  /** Stores records; resolves when they are on disk. Throws `StoreUnavailable`. */
  append(records: readonly LogRecord[], format: RecordFormat): Promise<void>;
  /** Starts to watch for patterns; `record` is that of `PatternParts`. */
  watch(running: AsyncDisposableStack, parts: Omit<PatternParts, 'log'>): void;
  health(): DependencyHealth;
};

/** Opens the log of records and keeps it small; undefined where no records are received. */
export async function openRecords(
  opened: AsyncDisposableStack,
  { dataDir, records, profiles }: Pick<Config, 'dataDir' | 'records' | 'profiles'>,
  runtime: Runtime,
): Promise<Records | undefined> {
  if (!profiles.herald.enabled) return undefined;
  const { metrics } = runtime;
  const log = opened.adopt(await openRecordLog(dataDir, runtime), (one) => one.close());
  metrics.mirror('recordBytes', (gauge) => gauge.set(numberOrNaN(log.dataBytes)));
  metrics.mirror('recordsKept', (gauge) => gauge.set(log.head() - log.oldest() + 1));
  const ending = new AbortController();
  const retaining = retainRecords(records, log, runtime, ending.signal);
  opened.defer(() => {
    ending.abort();
    return retaining;
  });
  return {
    log,
    async append(appended, format) {
      await log.append(appended);
      metrics.recordsStored.inc({ format }, appended.length);
    },
    watch(running, parts) {
      if (records.patterns.length === 0) return;
      const watching = new AbortController();
      const patterns = new Patterns(records.patterns, { ...parts, log }, runtime);
      const run = patterns.run(watching.signal);
      running.defer(() => {
        watching.abort();
        return run;
      });
    },
    health() {
      const failure = log.failure();
      return failure ? { status: 'down', ...failure } : { status: 'up' };
    },
  };
}
