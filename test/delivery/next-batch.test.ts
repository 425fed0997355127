import { describe, expect, it } from '@jest/globals';
import { NextBatch } from '../../service/delivery/next-batch.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

/** The numbers from 1 to `head`, and how many of them were read. */
function numbers(head: number) {
  const counted = { records: 0 };
  const reader = {
    head,
    read(afterSeq: number, limit: number) {
      const length = Math.max(0, Math.min(limit, head - afterSeq));
      counted.records += length;
      const records = Array.from({ length }, (_, index) => afterSeq + 1 + index);
      return { firstSeq: afterSeq + 1, records };
    },
  };
  return { reader, counted };
}

/** The sizes of the batches in which all records are sent. */
function batches(head: number, wants: ((record: number) => boolean) | undefined, batchRecords = 1) {
  const { reader, counted } = numbers(head);
  const { log } = createRecordedLog();
  const next = new NextBatch({ reader, wants, batchRecords, batchWaitMs: 0, log });
  const sizes: number[] = [];
  for (let seq = 0; seq < head; seq += sizes.at(-1) ?? head) {
    sizes.push(next.read(seq).records.length);
  }
  return { sizes, read: counted.records };
}

describe('NextBatch', () => {
  it('reads no more than a batch where all records are wanted', () => {
    expect(batches(100, () => true)).toEqual({ sizes: Array(100).fill(1), read: 100 });
    expect(batches(100, undefined, 50)).toEqual({ sizes: [50, 50], read: 100 });
  });

  it('takes unwanted records along, in large pieces, up to the next wanted one', () => {
    const { sizes, read } = batches(20_000, (record) => record === 12_345);
    expect(sizes).toEqual([5_000, 5_000, 2_345, 5_000, 2_655]);
    // What lies behind a wanted one in its piece is read again, and never more than that.
    expect(read).toBeLessThan(21_000);
  });

  it('ends a batch with the record that fills it', () => {
    expect(batches(12, (record) => record % 3 === 0, 2).sizes).toEqual([6, 6]);
  });
});
