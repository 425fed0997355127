import { describe, expect, it } from '@jest/globals';
import { sparkline } from '../../../service/cli/output/sparkline.ts';
import { durationText, stateColour, timeText } from '../../../service/cli/output/words.ts';
import { eventKinds } from '../../../service/contract/event.ts';
import { instanceStates } from '../../../service/contract/instance.ts';

describe('durationText', () => {
  it.each([
    [0, '0 s'],
    [0.34, '0.3 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3_600, '1 h'],
    [3_605, '1 h'],
    [90_061, '1 d 1 h'],
    [-1, '0 s'],
  ])('says %d seconds as people do', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('timeText', () => {
  it('is a time to the second, with its zone', () => {
    expect(timeText('2026-01-31T12:34:56.789Z')).toBe('2026-01-31 12:34:56Z');
    expect(timeText('2026-01-31T12:00:00.5+01:00')).toBe('2026-01-31 12:00:00+01:00');
    expect(timeText(undefined)).toBe('');
  });
});

describe('stateColour', () => {
  it('has one for every state, and for every kind that is good or bad news', () => {
    expect(instanceStates.filter((state) => stateColour(state) === undefined)).toEqual([]);
    const plain = eventKinds.filter((kind) => stateColour(kind) === undefined);
    expect(plain.filter((kind) => /down|late|seen|silence$/.test(kind))).toEqual([]);
  });
});

describe('sparkline', () => {
  it('goes from nothing to full', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 8, true)).toBe(' ▁▂▃▄▅▆▇█');
    expect(sparkline([0, 1, 8], 8, false)).toBe(' .@');
  });

  it('shows the least that is there', () => {
    expect(sparkline([1], 1_000_000, true)).toBe('▁');
  });

  it('is empty for nothing', () => {
    expect(sparkline([], 0, true)).toBe('');
    expect(sparkline([0, 0], 0, true)).toBe('  ');
  });
});
