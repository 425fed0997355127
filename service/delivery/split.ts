import type { Batch, DeadLetter } from '../contract/outbox.ts';
import type { Outcome, Retry } from '../contract/outcome.ts';

/** What a destination has to say about records once it could be asked: it took them, or never will. */
export type Verdict = Exclude<Outcome, Retry>;

/** The two halves of a batch of two records or more, in order; the first is never the smaller. */
export function halve<T>({ firstSeq, records }: Batch<T>): [Batch<T>, Batch<T>] {
  const middle = Math.ceil(records.length / 2);
  return [
    { firstSeq, records: records.slice(0, middle) },
    { firstSeq: firstSeq + middle, records: records.slice(middle) },
  ];
}

/**
 * Brings a batch to its end: a refused one is halved until the refused records stand alone, which
 * finds b of them among n with at most 1 + 2·b·⌈log2 n⌉ calls. The pieces go one after the other
 * and in order. Resolves with the records that were refused alone, or with nothing when `ask` gave
 * up, which leaves the whole batch undone.
 */
export async function isolateRefused<T>(
  batch: Batch<T>,
  ask: (records: readonly T[]) => Promise<Verdict | undefined>,
): Promise<DeadLetter<T>[] | undefined> {
  const refused: DeadLetter<T>[] = [];
  const pieces = [batch];
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const verdict = await ask(piece.records);
    if (!verdict) return undefined;
    if (verdict.kind === 'delivered') continue;
    if (piece.records.length > 1) {
      const [first, second] = halve(piece);
      pieces.push(second, first);
    } else {
      refused.push(...deadLetters(piece, verdict.detail));
    }
  }
  return refused;
}

const deadLetters = <T>({ firstSeq, records }: Batch<T>, reason: string): DeadLetter<T>[] =>
  records.map((record, index) => ({ seq: firstSeq + index, record, reason }));
