import type { PeriodReader } from '../period/reader.ts';
import { type ActiveSource, answerOf, type WrittenSource } from './answer.ts';

type Performer = Pick<PeriodReader, 'perform'>;

/** Answers from the ledger: exactly, for all heartbeats that were accepted. */
export function createLedgerSource({ perform }: Performer): ActiveSource {
  return async (asked, signal) => {
    const result = await perform({ kind: 'count', asked }, signal);
    if (result.kind !== 'count') throw new Error(`asked to count, got ${result.kind}`);
    return answerOf(asked, result.counted);
  };
}

export function createWrittenLedgerSource({ perform }: Performer): WrittenSource {
  return async (asked, format, signal) => {
    const result = await perform({ kind: 'write', asked, format }, signal);
    if (result.kind !== 'write') throw new Error(`asked to write, got ${result.kind}`);
    return result.answer;
  };
}
