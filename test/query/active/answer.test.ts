import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerOf, count } from '../../../service/query/active/answer.ts';
import { gatherFrom } from '../../support/presences.ts';
import { questionArbitrary } from './arbitraries.ts';
import { modelRows } from './model.ts';

describe('count', () => {
  it('counts what a plain model counts, in any steps and zones, by any groups', () => {
    fc.assert(
      fc.property(questionArbitrary, ({ presences, asked }) => {
        const { presences: columns, instances } = gatherFrom(presences, asked);
        const answer = answerOf(asked, count(asked, columns, instances));
        if (answer.kind === 'too-many') throw new Error('these are few');
        const rows = [...answer.rows];
        expect(rows).toEqual(modelRows(asked, presences));
        expect(answer.count).toBe(rows.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
