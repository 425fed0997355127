import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { DependenciesHealth } from '../contract/health.ts';
import type { RecordFormat } from '../contract/metrics/records.ts';
import type { LogRecord } from '../contract/records/log-record.ts';
import type { DeadLetterQueue } from '../delivery/dead-letter-queue.ts';
import { createDelivery, type Delivery, type DeliveryStatus } from '../delivery/delivery.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { numberOrNaN } from '../store/failure.ts';
import { openRecordLog, type RecordLog } from '../store/records/record-log.ts';
import { createForwarding } from './forward/forward.ts';
import { createRecordIntake, type RecordIntake } from './intake.ts';
import { type PatternParts, Patterns } from './patterns/patterns.ts';
import { type HeartbeatCandidate, RecordHeartbeats } from './record-heartbeats.ts';
import { retainRecords } from './retention.ts';

/** The records of other programs' logs: stored, kept for a time, forwarded, watched for patterns. */
export type Records = {
  readonly log: RecordLog;
  readonly intake: RecordIntake;
  /** Stores records, and heartbeats of their instances. Throws `StoreUnavailable`. */
  append(records: readonly LogRecord[], format: RecordFormat): Promise<void>;
  health(): DependenciesHealth;
  statuses(): Readonly<Record<string, DeliveryStatus>>;
  readonly deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>;
  /** Starts forwarding and watching; both end with `running`. */
  start(running: AsyncDisposableStack, drainMs: number): void;
};

export type RecordsParts = Omit<PatternParts, 'log'> & {
  /** Accepts a heartbeat, and resolves when it is stored or rejected. */
  readonly beat: (heartbeat: HeartbeatCandidate) => Promise<unknown>;
};

/** Destination of forwarded records: name of its cursor, and label of metrics. */
export const forwardDestination = 'records';
const idSetting = 'records.id';

/** Opens the log of records; undefined where no records are received. */
export async function openRecords(
  opened: AsyncDisposableStack,
  config: Config,
  parts: RecordsParts,
  runtime: Runtime,
): Promise<Records | undefined> {
  if (!config.profiles.herald.enabled) return undefined;
  const { metrics, clock } = runtime;
  const log = opened.adopt(await openRecordLog(config.dataDir, runtime), (one) => one.close());
  metrics.mirror('recordBytes', (gauge) => gauge.set(numberOrNaN(log.dataBytes)));
  metrics.mirror('recordsKept', (gauge) => gauge.set(log.head() - log.oldest() + 1));
  const retaining = new AbortController();
  const retained = retainRecords(config.records, log, runtime, retaining.signal);
  opened.defer(() => {
    retaining.abort();
    return retained;
  });
  const ownId = await readOwnId(parts);
  const forwarding = await connectForwarding(config, log, ownId, runtime);
  const heartbeats = new RecordHeartbeats(parts.beat, clock);

  async function append(records: readonly LogRecord[], format: RecordFormat): Promise<void> {
    const fresh = records.filter(({ hops }) => !hops?.includes(ownId));
    metrics.recordsRefused.inc({ reason: 'loop' }, records.length - fresh.length);
    if (fresh.length === 0) return;
    await log.append(fresh);
    metrics.recordsStored.inc({ format }, fresh.length);
    if (config.records.heartbeats) await heartbeats.note(fresh);
  }

  return {
    log,
    append,
    intake: createRecordIntake({
      maxRecords: config.http.maxHeartbeats,
      now: clock.now,
      append: (records) => append(records, 'http'),
    }),
    health() {
      const failure = log.failure();
      return {
        recordStore: failure ? { status: 'down', ...failure } : { status: 'up' },
        ...(forwarding ? { [forwardDestination]: forwarding.health() } : {}),
      };
    },
    statuses: () => (forwarding ? { [forwardDestination]: forwarding.status() } : {}),
    deadLetterQueues: forwarding ? { [forwardDestination]: forwarding.deadLetters } : {},
    start(running, drainMs) {
      watchPatterns(running, config, log, parts, runtime);
      if (!forwarding) return;
      forwarding.start();
      running.defer(async () => void (await forwarding.stop(drainMs)));
    },
  };
}

/** The id of this service in the hops of records, which its data folder keeps. */
async function readOwnId({ saved, record }: RecordsParts): Promise<string> {
  const known = saved.get(idSetting);
  if (known !== undefined) return known;
  const fresh = randomBytes(8).toString('hex');
  await record(undefined, [[idSetting, fresh]]);
  return fresh;
}

/** Undefined where records are not forwarded. */
async function connectForwarding(
  { records: { forward }, delivery: { backoff } }: Config,
  log: RecordLog,
  ownId: string,
  runtime: Runtime,
): Promise<Delivery | undefined> {
  if (!forward) {
    if (log.readers().includes(forwardDestination)) await log.dismiss(forwardDestination);
    return undefined;
  }
  const { deliver, close } = createForwarding(forward, ownId, runtime);
  const delivery = createDelivery(
    {
      destination: forwardDestination,
      outbox: log,
      deliver,
      backoff,
      batchRecords: 500,
      batchWaitMs: 1_000,
      // More would mix up the order of records.
      parallelBatches: 1,
      timeoutMs: forward.timeoutSeconds * 1_000,
      toContent: (one) => ({ record: one }),
    },
    runtime,
  );
  return {
    ...delivery,
    async stop(drainMs) {
      const stopped = await delivery.stop(drainMs);
      close();
      return stopped;
    },
  };
}

function watchPatterns(
  running: AsyncDisposableStack,
  { records: { patterns } }: Config,
  log: RecordLog,
  parts: RecordsParts,
  runtime: Runtime,
): void {
  if (patterns.length === 0) return;
  const watching = new AbortController();
  const run = new Patterns(patterns, { ...parts, log }, runtime).run(watching.signal);
  running.defer(() => {
    watching.abort();
    return run;
  });
}
