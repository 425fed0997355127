import type { Batch, OutboxReader } from '../contract/outbox.ts';
import type { Log } from '../runtime/log.ts';

/** What waits behind a number, as the next batch. */
export type NextBatch<T> = {
  /** What cannot be read now counts as full, so that it is read, and seen to fail, as a batch. */
  look(afterSeq: number): {
    readonly isFull: boolean;
    /** There is a wanted one, and at the last look there was none among those that waited. */
    readonly isFirstWanted: boolean;
  };
  /** One record at least: throws where there is none, and what the reader throws. */
  read(afterSeq: number): Batch<T>;
};

/** Records in a batch at most, however few of them are wanted; and those that are read at once. */
const mostRecords = 5_000;
const slice = 500;

/**
 * A batch holds `batchRecords`. Where `wants` says which records concern the destination, it holds
 * so many of those, and whatever stands between them: what does not concern the destination must
 * neither fill a batch nor begin the wait for more.
 */
export function createNextBatch<T>(options: {
  reader: Pick<OutboxReader<T>, 'head' | 'read'>;
  wants: ((record: T) => boolean) | undefined;
  batchRecords: number;
  batchWaitMs: number;
  log: Log;
}): NextBatch<T> {
  const { reader, wants, batchRecords, batchWaitMs, log } = options;
  /** What was looked at already: each record is looked at once while a batch waits for more. */
  let seen = { afterSeq: -1, lastSeq: -1, wanted: 0 };

  function look(afterSeq: number, wanting: (record: T) => boolean) {
    if (seen.afterSeq !== afterSeq) seen = { afterSeq, lastSeq: afterSeq, wanted: 0 };
    const hadNone = seen.lastSeq > afterSeq && seen.wanted === 0;
    let isFull = false;
    for (;;) {
      isFull = seen.wanted >= batchRecords || seen.lastSeq - afterSeq >= mostRecords;
      if (isFull || seen.lastSeq >= reader.head) break;
      const { firstSeq, records } = reader.read(seen.lastSeq, slice);
      if (records.length === 0) break;
      const wanted = seen.wanted + records.filter(wanting).length;
      seen = { afterSeq, lastSeq: firstSeq + records.length - 1, wanted };
    }
    return { isFull, isFirstWanted: hadNone && seen.wanted > 0 };
  }

  function collect(afterSeq: number, wanting: (record: T) => boolean): Batch<T> {
    // Where all are wanted no more is read than goes out; where few are, it is soon read in slices.
    let size = Math.min(batchRecords, slice);
    const { firstSeq, records: first } = reader.read(afterSeq, size);
    const records: T[] = [];
    let wanted = 0;
    let more = first;
    while (more.length > 0) {
      for (const record of more) {
        records.push(record);
        if (wanting(record)) wanted += 1;
        if (wanted >= batchRecords || records.length >= mostRecords) return { firstSeq, records };
      }
      size = Math.min(2 * size, slice);
      const next = reader.read(firstSeq + records.length - 1, size);
      // Behind a gap another batch begins.
      more = next.firstSeq === firstSeq + records.length ? next.records : [];
    }
    return { firstSeq, records };
  }

  return {
    look(afterSeq) {
      // Who waits for nothing need not know for how many.
      if (!wants || batchWaitMs === 0) {
        return { isFull: reader.head - afterSeq >= batchRecords, isFirstWanted: false };
      }
      try {
        return look(afterSeq, wants);
      } catch {
        return { isFull: true, isFirstWanted: false };
      }
    },
    read(afterSeq) {
      const batch = wants ? collect(afterSeq, wants) : reader.read(afterSeq, batchRecords);
      const missing = batch.firstSeq - afterSeq - 1;
      if (missing > 0) {
        log.error({ afterSeq, missing }, 'records are gone: too old, or the file was damaged');
      }
      if (batch.records.length > 0) return batch;
      throw new Error(`no record after number ${afterSeq}, though the newest is ${reader.head}`);
    },
  };
}
