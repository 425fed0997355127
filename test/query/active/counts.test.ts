import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countActive } from '../../../service/query/active/counts.ts';
import { activeRows } from '../../../service/query/active/rows.ts';
import { presenceSetOf } from '../../support/presences.ts';
import { questionArbitrary } from './arbitraries.ts';
import { modelRows } from './model.ts';

describe('countActive', () => {
  it('counts what a plain model counts, in any steps and zones, by any groups', () => {
    fc.assert(
      fc.property(questionArbitrary, ({ presences, query }) => {
        const counts = countActive(query, presenceSetOf(presences, query));
        if (counts.kind === 'too-many') throw new Error('these are few');
        const rows = [...activeRows(query, counts)];
        expect(rows).toEqual(modelRows(query, presences));
        expect(counts.length).toBe(rows.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
