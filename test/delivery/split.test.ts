import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FinalOutcome, halve, isolateRejected } from '../../service/delivery/split.ts';

const outcomeFor = (bad: ReadonlySet<number>, records: readonly number[]): FinalOutcome =>
  records.some((record) => bad.has(record))
    ? { kind: 'rejected', detail: `one of ${records.length} is bad` }
    : { kind: 'delivered' };

describe('halve', () => {
  it.each([
    [[1, 2], [1], [2]],
    [[1, 2, 3], [1, 2], [3]],
    [
      [1, 2, 3, 4],
      [1, 2],
      [3, 4],
    ],
  ])('halves %j', (records, first, second) => {
    expect(halve({ firstSeq: 7, records })).toEqual([
      { firstSeq: 7, records: first },
      { firstSeq: 7 + first.length, records: second },
    ]);
  });
});

describe('isolateRejected', () => {
  it('delivers a good batch once', async () => {
    const delivered: (readonly number[])[] = [];
    const rejected = await isolateRejected({ firstSeq: 1, records: [1, 2, 3] }, async (records) => {
      delivered.push(records);
      return { kind: 'delivered' };
    });
    expect({ rejected, delivered }).toEqual({ rejected: [], delivered: [[1, 2, 3]] });
  });

  it('delivers the pieces in order, and keeps the reason of the record alone', async () => {
    const delivered: string[] = [];
    const rejected = await isolateRejected(
      { firstSeq: 5, records: [5, 6, 7, 8] },
      async (records) => {
        delivered.push(records.join());
        return outcomeFor(new Set([6]), records);
      },
    );
    expect(delivered).toEqual(['5,6,7,8', '5,6', '5', '6', '7,8']);
    expect(rejected).toEqual([{ seq: 6, record: 6, reason: 'one of 1 is bad' }]);
  });

  it('leaves the batch undone when there is no final outcome', async () => {
    const rejected = await isolateRejected({ firstSeq: 1, records: [1, 2] }, async (records) =>
      records.length === 2 ? { kind: 'rejected', detail: 'no' } : undefined,
    );
    expect(rejected).toBeUndefined();
  });

  it('finds exactly the bad records, in order, within the bound of its calls', async () => {
    const batches = fc.array(fc.boolean(), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(batches, async (isBad) => {
        const records = isBad.map((_, index) => index + 1);
        const bad = new Set(records.filter((_, index) => isBad[index]));
        const taken: number[] = [];
        let calls = 0;
        const rejected = await isolateRejected({ firstSeq: 1, records }, async (piece) => {
          calls += 1;
          const outcome = outcomeFor(bad, piece);
          if (outcome.kind === 'delivered') taken.push(...piece);
          return outcome;
        });
        expect(rejected?.map(({ seq }) => seq)).toEqual([...bad]);
        expect(taken).toEqual(records.filter((record) => !bad.has(record)));
        const most = 1 + 2 * bad.size * Math.ceil(Math.log2(records.length));
        expect(calls).toBeLessThanOrEqual(Math.min(most, 2 * records.length - 1));
      }),
    );
  });
});
