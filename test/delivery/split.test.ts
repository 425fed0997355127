import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { halve, isolateRefused, type Verdict } from '../../service/delivery/split.ts';

const verdictFor = (bad: ReadonlySet<number>, records: readonly number[]): Verdict =>
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

describe('isolateRefused', () => {
  it('asks once for a good batch', async () => {
    const asked: (readonly number[])[] = [];
    const refused = await isolateRefused({ firstSeq: 1, records: [1, 2, 3] }, async (records) => {
      asked.push(records);
      return { kind: 'delivered' };
    });
    expect({ refused, asked }).toEqual({ refused: [], asked: [[1, 2, 3]] });
  });

  it('asks for the pieces in order, and keeps the reason given for the record alone', async () => {
    const asked: string[] = [];
    const refused = await isolateRefused(
      { firstSeq: 5, records: [5, 6, 7, 8] },
      async (records) => {
        asked.push(records.join());
        return verdictFor(new Set([6]), records);
      },
    );
    expect(asked).toEqual(['5,6,7,8', '5,6', '5', '6', '7,8']);
    expect(refused).toEqual([{ seq: 6, record: 6, reason: 'one of 1 is bad' }]);
  });

  it('leaves the batch undone when no verdict can be had', async () => {
    const refused = await isolateRefused({ firstSeq: 1, records: [1, 2] }, async (records) =>
      records.length === 2 ? { kind: 'rejected', detail: 'no' } : undefined,
    );
    expect(refused).toBeUndefined();
  });

  it('finds exactly the bad ones, in order, within the bound of its calls', async () => {
    const batches = fc.array(fc.boolean(), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(batches, async (isBad) => {
        const records = isBad.map((_, index) => index + 1);
        const bad = new Set(records.filter((_, index) => isBad[index]));
        const taken: number[] = [];
        let calls = 0;
        const refused = await isolateRefused({ firstSeq: 1, records }, async (piece) => {
          calls += 1;
          const verdict = verdictFor(bad, piece);
          if (verdict.kind === 'delivered') taken.push(...piece);
          return verdict;
        });
        expect(refused?.map(({ seq }) => seq)).toEqual([...bad]);
        expect(taken).toEqual(records.filter((record) => !bad.has(record)));
        const most = 1 + 2 * bad.size * Math.ceil(Math.log2(records.length));
        expect(calls).toBeLessThanOrEqual(Math.min(most, 2 * records.length - 1));
      }),
    );
  });
});
