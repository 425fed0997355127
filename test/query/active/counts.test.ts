import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InstancePresence } from '../../../service/contract/presence.ts';
import { countActive } from '../../../service/query/active/counts.ts';
import { activeRows } from '../../../service/query/active/rows.ts';
import type { ActiveQuery } from '../../../service/query/period/query.ts';
import { presenceSetOf } from '../../support/presences.ts';
import { questionArbitrary } from './arbitraries.ts';
import { modelRows } from './model.ts';

const orion = (instance: string, fromMs: number, toMs: number): InstancePresence => ({
  ...{ name: 'Orion', version: '1', instance, fromMs, toMs, reachMs: toMs },
});

/** Rows of presences in the period from 0 to 100 ms. */
function rowsOf(presences: readonly InstancePresence[], steps: readonly number[] = [0]) {
  const query: ActiveQuery = {
    ...{ fromMs: 0, toMs: 100, nowMs: 1_000, steps, step: undefined, hasZeros: false },
    ...{ by: ['name'], filter: {}, timeZone: 'UTC' },
  };
  const counts = countActive(query, presenceSetOf(presences, query));
  return counts.kind === 'counts' ? [...activeRows(query, counts)] : [];
}

describe('countActive', () => {
  it('counts two instances at once if one begins in the moment in which the other ends', () => {
    expect(rowsOf([orion('a', 10, 20), orion('b', 20, 30)])).toMatchObject([{ active: 2, max: 2 }]);
    expect(rowsOf([orion('a', 10, 20), orion('b', 21, 30)])).toMatchObject([{ active: 2, max: 1 }]);
    expect(rowsOf([orion('a', 10, 10), orion('b', 10, 10), orion('c', 11, 11)])).toMatchObject([
      { active: 3, max: 2, started: 3, ended: 3 },
    ]);
  });

  it('counts what a plain model counts, in any steps and zones, by any groups', () => {
    fc.assert(
      fc.property(questionArbitrary, ({ presences, query }) => {
        const counts = countActive(query, presenceSetOf(presences, query));
        if (counts.kind === 'too-many') throw new Error('these are few');
        const rows = [...activeRows(query, counts)];
        expect(rows).toEqual(modelRows(query, presences));
        expect(counts.order.length).toBe(rows.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
