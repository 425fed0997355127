import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLedgerSource } from '../../../service/query/active/ledger-source.ts';
import { createTurns } from '../../../service/query/turns.ts';
import { questionArbitrary } from './arbitraries.ts';
import { modelRows } from './model.ts';

const patient = new AbortController().signal;

describe('createLedgerSource', () => {
  it('counts what a plain model counts', async () => {
    await fc.assert(
      fc.asyncProperty(questionArbitrary, async ({ presences, asked }) => {
        const within = (fromMs: number, toMs: number) =>
          presences.filter((p) => p.fromMs <= toMs && p.reachMs >= fromMs);
        const answer = await createLedgerSource(within, createTurns())(asked, patient);
        if (answer.kind === 'too-many') throw new Error('these are few');
        const rows = [...answer.rows];
        expect(rows).toEqual(modelRows(asked, presences));
        expect(answer.count).toBe(rows.length);
      }),
      { numRuns: 500 },
    );
  });
});
