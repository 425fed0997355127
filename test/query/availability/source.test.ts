import { describe, expect, it } from '@jest/globals';
import type { KnownComponent } from '../../../service/query/availability/known-components.ts';
import { createAvailabilitySource } from '../../../service/query/availability/source.ts';
import { groupKeys } from '../../../service/query/period/groups.ts';
import type { AvailabilityQuery } from '../../../service/query/period/query.ts';

const component = (name: string, firstSeenMs: number): KnownComponent => ({
  ...{ name, version: '1', firstSeenMs, lastMs: firstSeenMs },
  ...{ up: 0, late: 0, down: 1, retired: 0 },
});
const period = { fromMs: 1_000, toMs: 2_000, nowMs: 5_000 };

function rowsOf(known: readonly KnownComponent[], query: Partial<AvailabilityQuery> = {}) {
  const measured = {
    ...{ name: 'measured', version: '1', sinceMs: 1_000, untilMs: 2_000, availableMs: 600 },
    ...{ outages: 1, longestOutageMs: 400, lastMs: 1_600 },
  };
  const source = createAvailabilitySource({ measure: async () => [measured] }, async () => known);
  return source(
    { ...period, by: ['name', 'version'], rules: [], filter: {}, timeZone: 'UTC', ...query },
    new AbortController().signal,
  );
}

/** A row of a component without a heartbeat, and the component. */
const absent = (one: KnownComponent, sinceMs: number, untilMs: number) => ({
  ...{ name: one.name, version: '1', sinceMs, untilMs, availableMs: 0, now: one },
  ...{ outages: untilMs > sinceMs ? 1 : 0, longestOutageMs: untilMs - sinceMs, lastMs: 0 },
});

describe('createAvailabilitySource', () => {
  it('has a row of unavailability for each component without a heartbeat in the period', async () => {
    const [older, newer, measured] = [
      component('a', 200),
      component('b', 1_300),
      component('measured', 100),
    ];
    const result = await rowsOf([measured, newer, component('later', 2_000), older]);
    expect(result).toEqual({
      kind: 'rows',
      rows: [
        absent(older, 1_000, 2_000),
        absent(newer, 1_300, 2_000),
        expect.objectContaining({ name: 'measured', availableMs: 600, now: measured }),
      ],
    });
  });

  it('measures such a component until now where the period lasts', async () => {
    const [older, newest] = [component('a', 200), component('b', 1_700)];
    expect(await rowsOf([older, newest], { nowMs: 1_500 })).toMatchObject({
      rows: [absent(older, 1_000, 1_500), absent(newest, 1_500, 1_500), { name: 'measured' }],
    });
  });

  it('leaves out what the filter does not match, and all of them where instances are measured', async () => {
    const others = [component('a', 200), component('b', 200)];
    const rows = async (query: Partial<AvailabilityQuery>) => {
      const result = await rowsOf(others, query);
      return result.kind === 'rows' ? result.rows.map(({ name, now }) => [name, now]) : [];
    };
    expect(await rows({ filter: { name: 'b' } })).toEqual([
      ['b', others[1]],
      ['measured', undefined],
    ]);
    expect(await rows({ by: groupKeys })).toEqual([['measured', undefined]]);
  });
});
