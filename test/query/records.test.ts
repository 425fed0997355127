import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { NumberedRecord } from '../../service/contract/records/log-record.ts';
import {
  createRecordPages,
  type RecordFilter,
  type RecordQuery,
  recordMatcher,
  searchExpression,
} from '../../service/query/records.ts';
import { createSlicer } from '../../service/runtime/concurrency/slicer.ts';

describe('searchExpression', () => {
  it.each([
    ['disk full', '"disk" AND "full"'],
    ['"disk full" sda*', '"disk full" AND "sda"*'],
    ['/dev/sda-1', '"dev sda 1"'],
    ['a OR b NOT c', '"a" AND "OR" AND "b" AND "NOT" AND "c"'],
    ['"unclosed text', '"unclosed text"'],
    ['col:x (y)', '"col x" AND "y"'],
    ['Grüße 日本', '"Grüße" AND "日本"'],
  ])('takes %s for words only', (text, expected) => {
    expect(searchExpression(text)).toBe(expected);
  });

  it.each(['', '  ', '***', '"" - ()'])('finds no word in "%s"', (text) => {
    expect(searchExpression(text)).toBeUndefined();
  });
});

const levels = [10, 20, 30, 40];
const rows = Array.from(
  { length: 5_003 },
  (_, n): NumberedRecord => ({
    ...{ seq: n + 11, receivedAtMs: 1_000 + Math.floor(n / 3), level: levels[n % 4] ?? 0 },
    ...{ name: n % 7 === 0 ? 'rare' : 'often', version: '1', instance: `i-${n % 5}` },
    message: `message ${n}`,
  }),
);

/** The table as a list, with the conditions that SQL would check. */
const log = {
  oldest: () => 11,
  head: () => 5_013,
  seqAt: (ms: number) => rows.find((row) => row.receivedAtMs >= ms)?.seq ?? 5_014,
  scan({
    fromSeq,
    toSeq,
    order,
    limit,
    minLevel = 0,
    name,
    instance,
  }: Parameters<Parameters<typeof createRecordPages>[0]['scan']>[0]) {
    const found = rows.filter(
      (row) =>
        row.seq >= fromSeq &&
        row.seq <= toSeq &&
        row.level >= minLevel &&
        (name === undefined || row.name === name) &&
        (instance === undefined || row.instance === instance),
    );
    return (order === 'ascending' ? found : found.toReversed()).slice(0, limit);
  },
};
const pages = createRecordPages(log, createSlicer());

async function readAll(query: Omit<RecordQuery, 'cursor'>): Promise<number[]> {
  const found: number[] = [];
  let cursor: number | undefined;
  do {
    const page = await pages({ ...query, cursor });
    found.push(...page.records.map(({ seq }) => seq));
    expect(page.records.length).toBeLessThanOrEqual(query.limit ?? 1_000);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

describe('createRecordPages', () => {
  it('returns each matching record once, in order, whatever the filter and the page', async () => {
    const filter: fc.Arbitrary<RecordFilter> = fc.record(
      {
        minLevel: fc.constantFrom(...levels),
        name: fc.constantFrom('rare', 'r*', 'none', '*'),
        instance: fc.constantFrom('i-1', 'i-?'),
        fromMs: fc.integer({ min: 900, max: 2_800 }),
        toMs: fc.integer({ min: 900, max: 2_800 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        filter,
        fc.constantFrom('ascending' as const, 'descending' as const),
        fc.integer({ min: 40, max: 1_000 }),
        async (given, order, limit) => {
          const expected = rows.filter(recordMatcher(given)).map(({ seq }) => seq);
          expect(await readAll({ filter: given, order, limit })).toEqual(
            order === 'ascending' ? expected : expected.toReversed(),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
