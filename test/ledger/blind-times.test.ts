import { describe, expect, it } from '@jest/globals';
import { createBlindTimes } from '../../service/ledger/blind-times.ts';

function watching(saved?: string) {
  const kept: string[] = [];
  let [nowMs, blindMs] = [100_000, 0];
  const times = createBlindTimes({
    now: () => nowMs,
    blindMs: () => blindMs,
    saved,
    save: (text) => void kept.push(text),
  });
  return {
    ...times,
    kept,
    pass(ms: number, blind = 0) {
      nowMs += ms;
      blindMs += blind;
      times.note();
    },
  };
}

describe('createBlindTimes', () => {
  it('notes when the service was blind, and keeps it', () => {
    const { pass, within, kept } = watching();
    pass(10_000);
    pass(10_000, 4_000);
    pass(50_000, 5_000);
    expect(within(0, 1_000_000)).toBe(9_000);
    expect(within(118_000, 119_000)).toBe(1_000);
    expect(within(120_000, 165_000)).toBe(0);
    expect(within(118_000, 168_000)).toBe(2_000 + 3_000);
    expect(watching(kept.at(-1)).within(0, 1_000_000)).toBe(9_000);
  });

  it('adds up what is short, and joins what touches', () => {
    const { pass, kept } = watching();
    pass(1_000, 400);
    pass(1_000, 400);
    expect(kept).toEqual([]);
    pass(1_000, 400);
    pass(2_000, 2_000);
    expect(kept.map((text) => JSON.parse(text))).toEqual([
      [[101_800, 103_000]],
      [[101_800, 105_000]],
    ]);
  });

  it('forgets the oldest of very many', () => {
    const { pass, kept, within } = watching();
    for (let n = 0; n < 2_100; n++) pass(10_000, 1_000);
    expect(JSON.parse(kept.at(-1) ?? '')).toHaveLength(2_000);
    expect(within(0, Number.MAX_SAFE_INTEGER)).toBe(2_000_000);
  });
});
