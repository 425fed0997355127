import { describe, expect, it } from '@jest/globals';
import type { AskedActive } from '../../../../service/query/active/asked.ts';
import { createCachedSource } from '../../../../service/query/active/monasca/cached-source.ts';
import type { MeasuredAnswer } from '../../../../service/query/active/monasca/measured-source.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

/** As `readActiveQuery` makes it; what ends in the future ends now. */
const asked = (fromMs: number, toMs: number, atMs = nowMs): AskedActive => ({
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

const answer: MeasuredAnswer = {
  kind: 'answer',
  answer: { kind: 'rows', count: 0, rows: [] },
  widthMs: 0,
};

/** Which of the questions reach the source behind the cache, by their place. */
async function reaching(questions: readonly AskedActive[]): Promise<number[]> {
  const reached: number[] = [];
  let place = 0;
  const source = createCachedSource(async () => {
    reached.push(place);
    return answer;
  }, 15);
  for (place = 0; place < questions.length; place++) {
    const question = questions[place];
    if (question) await source(question, new AbortController().signal);
  }
  return reached;
}

const hour = 3_600_000;

describe('createCachedSource', () => {
  it('never answers for a period with another one, however near they are', async () => {
    const from = nowMs - hour;
    const near = [asked(from, from + 3_000), asked(from + 4_000, from + 7_000)];
    expect(await reaching(near)).toEqual([0, 1]);
    expect(await reaching([asked(from, from + 3_000), asked(from, from + 4_000)])).toEqual([0, 1]);
    expect(await reaching([asked(from, nowMs + 1), asked(from + 1_000, nowMs + 1)])).toEqual([
      0, 1,
    ]);
  });

  it('asks once for what is over', async () => {
    const from = nowMs - 2 * hour;
    expect(
      await reaching([asked(from, from + hour), asked(from, from + hour, nowMs + 5_000)]),
    ).toEqual([0]);
  });

  it('asks once for what ends now, a moment later too: from a time on, or for so long', async () => {
    const later = nowMs + 1_234;
    const since = nowMs - hour;
    expect(
      await reaching([
        asked(since, nowMs + 1),
        asked(since, later + 1, later),
        asked(later - hour, later + 1, later),
      ]),
    ).toEqual([0]);
  });
});
