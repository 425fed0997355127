import { describe, expect, it } from '@jest/globals';
import { addTimelines, segmentsOf, withCounts } from '../../page/data/timeline.ts';
import { ago, durationText, visible } from '../../page/parts/format.ts';
import { seriesOf, stepFor } from '../../page/views/activity/series.ts';

const segment = (fromMs: number, up: number, late = 0, down = 0) => ({ fromMs, up, late, down });

describe('segmentsOf', () => {
  it('makes segments of runs of equal steps', () => {
    const runs = [
      [2, 0, 0, 0],
      [3, 1, 0, 0],
    ] as const;
    expect(segmentsOf(runs, 1_000, 100)).toEqual([segment(1_000, 0), segment(1_200, 1)]);
  });
});

describe('withCounts', () => {
  it('adds a segment only when something has changed', () => {
    const before = [segment(0, 1)];
    const counts = { up: 1, late: 0, down: 0, retired: 4 };
    expect(withCounts(before, counts, 500)).toBe(before);
    expect(withCounts(before, { ...counts, down: 1 }, 500)).toEqual([
      segment(0, 1),
      segment(500, 1, 0, 1),
    ]);
  });
});

describe('addTimelines', () => {
  it('begins a segment where any of them does', () => {
    const one = [segment(0, 1), segment(200, 0, 0, 1)];
    const other = [segment(0, 2), segment(100, 3)];
    expect(addTimelines([one, other])).toEqual([
      segment(0, 3),
      segment(100, 4),
      segment(200, 3, 0, 1),
    ]);
    expect(addTimelines([])).toEqual([]);
  });
});

describe('seriesOf', () => {
  it('fills steps without a row with zero, and puts the largest first', () => {
    const time = (second: number) => new Date(second * 1_000).toISOString();
    const rows = [
      { time: time(0), name: 'a', active: 1 },
      { time: time(60), name: 'b', version: '2', active: 5 },
    ];
    expect(seriesOf(rows)).toEqual({
      ...{ times: [0, 60], names: ['b 2', 'a'], omitted: 0 },
      values: [
        [0, 5],
        [1, 0],
      ],
    });
  });
});

describe('stepFor', () => {
  it('gives at most 300 points', () => {
    expect([3_600_000, 86_400_000, 2_592_000_000].map(stepFor)).toEqual(['15s', '5m', '6h']);
  });
});

describe('texts of the page', () => {
  it('has durations in their two largest units', () => {
    expect([0.25, 42, 90, 3_720, 90_000].map(durationText)).toEqual([
      ...['0.3 s', '42 s', '1 min 30 s', '1 h 2 min', '1 d 1 h'],
    ]);
    expect([1_000, 31_000, 200_000].map(ago)).toEqual(['just now', '30 s ago', '3 min ago']);
  });

  it('makes marks that change the direction of a text visible', () => {
    expect(visible('a\u202eb\u0007')).toBe('a⟨202E⟩b⟨0007⟩');
  });
});
