import type { Batch, OutboxReader } from '../contract/outbox.ts';
import type { Log } from '../runtime/log.ts';

/** Forms the next batch from the records behind a number. */
export type NextBatch<T> = {
  /** A batch that cannot be read counts as full, so that `read` is called and its failure noticed. */
  peek(afterSeq: number): {
    readonly isFull: boolean;
    /** A wanted record waits, and at the previous call none did. */
    readonly isFirstWanted: boolean;
  };
  /** At least one record. Throws where there is none, and the errors of the reader. */
  read(afterSeq: number): Batch<T>;
};

/** Most records in a batch, however few of them are wanted, and most records of one read. */
const maxRecords = 5_000;
const sliceRecords = 500;

/**
 * A batch holds `batchRecords` records. Where `wants` selects the records for the destination, it
 * holds that many of them, and the others in between: a record for other destinations must neither
 * fill a batch nor begin the wait for more.
 */
export function createNextBatch<T>(options: {
  reader: Pick<OutboxReader<T>, 'head' | 'read'>;
  wants: ((record: T) => boolean) | undefined;
  batchRecords: number;
  batchWaitMs: number;
  log: Log;
}): NextBatch<T> {
  const { reader, wants, batchRecords, batchWaitMs, log } = options;
  /** Records counted so far: each is read once while a batch waits for more. */
  let seen = { afterSeq: -1, lastSeq: -1, wanted: 0 };

  function countWanted(afterSeq: number, isWanted: (record: T) => boolean) {
    if (seen.afterSeq !== afterSeq) seen = { afterSeq, lastSeq: afterSeq, wanted: 0 };
    const hadNone = seen.lastSeq > afterSeq && seen.wanted === 0;
    let isFull = false;
    for (;;) {
      isFull = seen.wanted >= batchRecords || seen.lastSeq - afterSeq >= maxRecords;
      if (isFull || seen.lastSeq >= reader.head) break;
      const { firstSeq, records } = reader.read(seen.lastSeq, sliceRecords);
      if (records.length === 0) break;
      const wanted = seen.wanted + records.filter(isWanted).length;
      seen = { afterSeq, lastSeq: firstSeq + records.length - 1, wanted };
    }
    return { isFull, isFirstWanted: hadNone && seen.wanted > 0 };
  }

  function collect(afterSeq: number, isWanted: (record: T) => boolean): Batch<T> {
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

  return {
    peek(afterSeq) {
      // A batch that does not wait for more needs no count.
      if (!wants || batchWaitMs === 0) {
        return { isFull: reader.head - afterSeq >= batchRecords, isFirstWanted: false };
      }
      try {
        return countWanted(afterSeq, wants);
      } catch {
        return { isFull: true, isFirstWanted: false };
      }
    },
    read(afterSeq) {
      const batch = wants ? collect(afterSeq, wants) : reader.read(afterSeq, batchRecords);
      const missing = batch.firstSeq - afterSeq - 1;
      if (missing > 0) {
        log.error(
          { afterSeq, missing },
          'records are missing: expired, or lost with a damaged file',
        );
      }
      if (batch.records.length > 0) return batch;
      throw new Error(`no record after number ${afterSeq}, though the newest is ${reader.head}`);
    },
  };
}
