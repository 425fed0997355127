import type { PeriodReader } from '../period/reader.ts';
import { type ActiveSource, answerOf } from './answer.ts';

/** Answers from the ledger: exactly, for all heartbeats that were accepted. */
export const createLedgerSource =
  ({ count }: Pick<PeriodReader, 'count'>): ActiveSource =>
  async (asked, signal) =>
    answerOf(asked, await count(asked, signal));
