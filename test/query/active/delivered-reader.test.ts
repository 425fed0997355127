import { describe, expect, it } from '@jest/globals';
import { cacheDelivered } from '../../../service/query/active/delivered-reader.ts';
import type { ActiveQuery } from '../../../service/query/period/query.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

/** As the route makes it; what ends in the future ends now. */
const query = (fromMs: number, toMs: number, atMs = nowMs): ActiveQuery => ({
  fromMs,
  toMs: Math.min(toMs, atMs + 1),
  step: undefined,
  steps: [fromMs],
  timeZone: 'UTC',
  by: [],
  filter: { name: undefined, version: undefined, instance: undefined },
  hasZeros: true,
  nowMs: atMs,
});

const delivered = { widthMs: 0, instances: [] };

/** Which of the questions reach the source behind the cache, by their place. */
async function reaching(questions: readonly ActiveQuery[]): Promise<number[]> {
  const reached: number[] = [];
  let place = 0;
  const source = cacheDelivered(async (question) => {
    reached.push(place);
    return { kind: 'delivered', query: question, delivered };
  }, 15);
  for (place = 0; place < questions.length; place++) {
    const question = questions[place];
    if (question) await source(question, new AbortController().signal);
  }
  return reached;
}

const hour = 3_600_000;

describe('cacheDelivered', () => {
  it('never answers for a period with another one, however near they are', async () => {
    const from = nowMs - hour;
    const near = [query(from, from + 3_000), query(from + 4_000, from + 7_000)];
    expect(await reaching(near)).toEqual([0, 1]);
    expect(await reaching([query(from, from + 3_000), query(from, from + 4_000)])).toEqual([0, 1]);
    expect(await reaching([query(from, nowMs + 1), query(from + 1_000, nowMs + 1)])).toEqual([
      0, 1,
    ]);
  });

  it('reads a period in the past once', async () => {
    const from = nowMs - 2 * hour;
    expect(
      await reaching([query(from, from + hour), query(from, from + hour, nowMs + 5_000)]),
    ).toEqual([0]);
  });

  it('reads a period until now once, also a moment later: with the same beginning, or the same length', async () => {
    const later = nowMs + 1_234;
    const since = nowMs - hour;
    expect(
      await reaching([
        query(since, nowMs + 1),
        query(since, later + 1, later),
        query(later - hour, later + 1, later),
      ]),
    ).toEqual([0]);
  });
});
