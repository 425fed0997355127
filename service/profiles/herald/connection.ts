import { setTimeout as delay } from 'node:timers/promises';
import type { RecordFormat, RecordRefusal } from '../../contract/metrics/records.ts';
import { type LogRecord, recordLimits } from '../../contract/records/log-record.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import type { RecordCandidate } from './fields/candidate.ts';
import { RefusedLine } from './fields/json.ts';
import { BrokenFraming, type Frame, Frames } from './framing/frames.ts';
import { RefusedPickle } from './pickle/machine.ts';
import { readFrame } from './read-frame.ts';

/** State of one connection, which the listener reads when the service stops. */
export type Progress = {
  readonly signal: AbortSignal;
  /** Whether records that were received are not stored yet. */
  isStoring: boolean;
};

/** What the records of a connection need. */
export type RecordReceiver = {
  readonly maxRecordBytes: number;
  readonly now: () => number;
  readonly identify: (
    candidate: RecordCandidate,
    address: string,
  ) => Pick<LogRecord, 'name' | 'version' | 'instance'>;
  /** Resolves when the records, and heartbeats of them, are on disk. Throws `StoreUnavailable`. */
  readonly append: (records: readonly LogRecord[], format: RecordFormat) => Promise<void>;
  readonly refused: (reason: RecordRefusal, detail: string, address: string) => void;
};

/** Most records, and most bytes of them, that one connection has stored at a time. */
const batch = { records: 500, bytes: 262_144 };
/** Pause before the store is tried again. */
const retryMs = 500;

/**
 * Stores the records of one connection until it ends. The next bytes are read when the records before
 * are on disk, so a sender that is faster than the disk, and one whose records cannot be stored,
 * waits; memory keeps one batch of each connection. A pickle that is refused ends the connection;
 * of lines only the one is refused.
 *
 * Resolves with whether the client has ended, and all that it sent is stored or refused; false when
 * the signal aborts before.
 */
export async function receiveRecords(
  bytes: AsyncIterable<Buffer>,
  address: string,
  intake: RecordReceiver,
  progress: Progress,
): Promise<boolean> {
  const frames = new Frames(intake.maxRecordBytes);
  try {
    for await (const chunk of bytes) {
      frames.push(chunk);
      await storeAll(() => frames.next(), address, intake, progress);
      if (progress.signal.aborted) return false;
    }
    await storeAll(() => frames.last(), address, intake, progress);
  } catch (error) {
    if (!(error instanceof BrokenFraming || error instanceof RefusedPickle)) throw error;
    intake.refused(error.reason, error.message, address);
  }
  return !progress.signal.aborted;
}

/** Stores what is complete; throws the error of a broken frame when all before it are stored. */
async function storeAll(
  next: () => Frame | undefined,
  address: string,
  intake: RecordReceiver,
  progress: Progress,
): Promise<void> {
  for (;;) {
    const read = readBatch(next, address, intake);
    if (read.records.length > 0) {
      progress.isStoring = true;
      await store(read.records, read.format, intake, progress);
      progress.isStoring = false;
    }
    if (read.error) throw read.error;
    if (read.isLast || progress.signal.aborted) return;
  }
}

type Batch = {
  readonly records: LogRecord[];
  readonly format: RecordFormat;
  readonly isLast: boolean;
  readonly error?: Error;
};

function readBatch(next: () => Frame | undefined, address: string, intake: RecordReceiver): Batch {
  const records: LogRecord[] = [];
  let format: RecordFormat = 'pickle';
  let size = 0;
  try {
    while (records.length < batch.records && size < batch.bytes) {
      const frame = next();
      if (!frame) return { records, format, isLast: true };
      ({ format } = frame);
      size += frame.bytes.length;
      const record = recordOf(frame, address, intake);
      if (record) records.push(record);
    }
    return { records, format, isLast: false };
  } catch (error) {
    return { records, format, isLast: true, error: Error.isError(error) ? error : new Error() };
  }
}

/** Undefined for a line that is refused. */
function recordOf(frame: Frame, address: string, intake: RecordReceiver): LogRecord | undefined {
  try {
    const candidate = readFrame(frame);
    return withIdentity(candidate, intake.identify(candidate, address), intake.now());
  } catch (error) {
    if (!(error instanceof RefusedLine)) throw error;
    intake.refused('invalid', error.message, address);
    return undefined;
  }
}

export const withIdentity = (
  { message, fields, ...rest }: RecordCandidate,
  identity: Pick<LogRecord, 'name' | 'version' | 'instance'>,
  receivedAtMs: number,
): LogRecord => ({
  ...identity,
  receivedAtMs,
  message: message.slice(0, recordLimits.messageCharacters).toWellFormed(),
  ...rest,
  ...(Object.keys(fields).length > 0 ? { fields } : {}),
});

async function store(
  records: readonly LogRecord[],
  format: RecordFormat,
  intake: RecordReceiver,
  progress: Progress,
): Promise<void> {
  while (!progress.signal.aborted) {
    try {
      return await intake.append(records, format);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await delay(retryMs, undefined, { signal: progress.signal }).catch(() => undefined);
    }
  }
}
