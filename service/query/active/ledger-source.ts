import type { PeriodReader } from '../period/reader.ts';
import { type ActiveSource, answerOf } from './answer.ts';

/** Answers from the ledger: exactly, for all heartbeats that were accepted. */
export function createLedgerSource({ perform }: Pick<PeriodReader, 'perform'>): ActiveSource {
  return async (asked, signal) => {
    const result = await perform({ kind: 'count', asked }, signal);
    if (result.kind !== 'count') throw new Error(`asked to count, got ${result.kind}`);
    return answerOf(asked, result.counted);
  };
}
