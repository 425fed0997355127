import { describe, expect, it } from '@jest/globals';
import { formatShortTime, formatTrend, stateColour } from '../../../service/cli/output/format.ts';
import { eventKinds } from '../../../service/contract/event.ts';
import { instanceStates } from '../../../service/contract/instance.ts';

describe('formatShortTime', () => {
  it('is a time to the second, with its zone', () => {
    expect(formatShortTime('2026-01-31T12:34:56.789Z')).toBe('2026-01-31 12:34:56Z');
    expect(formatShortTime('2026-01-31T12:00:00.5+01:00')).toBe('2026-01-31 12:00:00+01:00');
  });
});

describe('stateColour', () => {
  it('has one for every state, and for every kind that is good or bad news', () => {
    expect(instanceStates.filter((state) => stateColour(state) === undefined)).toEqual([]);
    const plain = eventKinds.filter((kind) => stateColour(kind) === undefined);
    expect(plain.filter((kind) => /down|late|seen|outage$/.test(kind))).toEqual([]);
  });
});

describe('formatTrend', () => {
  it('ranges from empty to full', () => {
    expect(formatTrend([0, 1, 2, 3, 4, 5, 6, 7, 8], 8, true)).toBe(' ▁▂▃▄▅▆▇█');
    expect(formatTrend([0, 1, 8], 8, false)).toBe(' .@');
  });

  it('has a bar for the smallest number above 0', () => {
    expect(formatTrend([1], 1_000_000, true)).toBe('▁');
  });

  it('is empty without numbers', () => {
    expect(formatTrend([], 0, true)).toBe('');
    expect(formatTrend([0, 0], 0, true)).toBe('  ');
  });
});
