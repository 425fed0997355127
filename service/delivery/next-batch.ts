import type { Batch, OutboxReader } from '../contract/outbox.ts';
import type { Log } from '../runtime/log.ts';

/** Most records in a batch, however few of them are wanted, and most records of one read. */
const maxRecords = 5_000;
const sliceRecords = 500;

type IsWanted<T> = (record: T) => boolean;

type NextBatchOptions<T> = {
  readonly reader: Pick<OutboxReader<T>, 'head' | 'read'>;
  readonly wants: IsWanted<T> | undefined;
  readonly batchRecords: number;
  readonly batchWaitMs: number;
  readonly log: Log;
};

/**
 * Forms the next batch from the records behind a number.
 *
 * A batch holds `batchRecords` records. Where `wants` selects the records for the destination, it
 * holds that many of them, and the others in between: a record for other destinations must neither
 * fill a batch nor begin the wait for more.
 */
export class NextBatch<T> {
  readonly #options: NextBatchOptions<T>;
  /** Records counted so far: each is read once while a batch waits for more. */
  #seen = { afterSeq: -1, lastSeq: -1, wanted: 0 };

  constructor(options: NextBatchOptions<T>) {
    this.#options = options;
  }

  /**
   * Whether a batch is full, and whether a wanted record waits where none did at the previous call. A
   * batch that cannot be read counts as full, so that `read` is called and its failure noticed.
   */
  peek(afterSeq: number): { readonly isFull: boolean; readonly isFirstWanted: boolean } {
    const { reader, wants, batchRecords, batchWaitMs } = this.#options;
    // A batch that does not wait for more needs no count.
    if (!wants || batchWaitMs === 0) {
      return { isFull: reader.head - afterSeq >= batchRecords, isFirstWanted: false };
    }
    try {
      return this.#countWanted(afterSeq, wants);
    } catch {
      return { isFull: true, isFirstWanted: false };
    }
  }

  /** At least one record. Throws where there is none, and the errors of the reader. */
  read(afterSeq: number): Batch<T> {
    const { reader, wants, batchRecords, log } = this.#options;
    const batch = wants ? this.#collect(afterSeq, wants) : reader.read(afterSeq, batchRecords);
    const missing = batch.firstSeq - afterSeq - 1;
    if (missing > 0) {
      log.error({ afterSeq, missing }, 'records are missing: expired, or lost with a damaged file');
    }
    if (batch.records.length > 0) return batch;
    throw new Error(`no record after number ${afterSeq}, though the newest is ${reader.head}`);
  }

  #countWanted(afterSeq: number, isWanted: IsWanted<T>) {
    const { reader, batchRecords } = this.#options;
    let seen =
      this.#seen.afterSeq === afterSeq ? this.#seen : { afterSeq, lastSeq: afterSeq, wanted: 0 };
    const hadNone = seen.lastSeq > afterSeq && seen.wanted === 0;
    const isFull = () => seen.wanted >= batchRecords || seen.lastSeq - afterSeq >= maxRecords;
    while (!isFull() && seen.lastSeq < reader.head) {
      const { firstSeq, records } = reader.read(seen.lastSeq, sliceRecords);
      if (records.length === 0) break;
      const wanted = seen.wanted + records.filter(isWanted).length;
      seen = { afterSeq, lastSeq: firstSeq + records.length - 1, wanted };
      this.#seen = seen;
    }
    this.#seen = seen;
    return { isFull: isFull(), isFirstWanted: hadNone && seen.wanted > 0 };
  }

  #collect(afterSeq: number, isWanted: IsWanted<T>): Batch<T> {
    const { reader, batchRecords } = this.#options;
    // Where all records are wanted, only the batch is read; where few are, reads grow to a slice.
    let size = Math.min(batchRecords, sliceRecords);
    const { firstSeq, records: first } = reader.read(afterSeq, size);
    const records: T[] = [];
    let wanted = 0;
    let more = first;
    while (more.length > 0) {
      for (const record of more) {
        records.push(record);
        if (isWanted(record)) wanted += 1;
        if (wanted >= batchRecords || records.length >= maxRecords) return { firstSeq, records };
      }
      size = Math.min(2 * size, sliceRecords);
      const next = reader.read(firstSeq + records.length - 1, size);
      // Behind a gap another batch begins.
      more = next.firstSeq === firstSeq + records.length ? next.records : [];
    }
    return { firstSeq, records };
  }
}
