import type { Batch, DeadLetter } from '../contract/outbox.ts';
import type { Outcome, Retry } from '../contract/outcome.ts';

/** An outcome that ends an attempt: the destination took the records, or never will. */
export type FinalOutcome = Exclude<Outcome, Retry>;

/** The two halves of a batch of at least two records, in order; the first is never the smaller. */
export function halve<T>({ firstSeq, records }: Batch<T>): [Batch<T>, Batch<T>] {
  const middle = Math.ceil(records.length / 2);
  return [
    { firstSeq, records: records.slice(0, middle) },
    { firstSeq: firstSeq + middle, records: records.slice(middle) },
  ];
}

/**
 * Brings a batch to its end. A rejected one is halved until the rejected records stand alone, which
 * finds b of them among n with at most 1 + 2·b·⌈log2 n⌉ calls. The pieces go one after the other
 * and in order. Resolves with the records that were rejected alone; undefined when `deliver` gave
 * up, which leaves the whole batch undone.
 */
export async function isolateRejected<T>(
  batch: Batch<T>,
  deliver: (records: readonly T[]) => Promise<FinalOutcome | undefined>,
): Promise<DeadLetter<T>[] | undefined> {
  const rejected: DeadLetter<T>[] = [];
  const pieces = [batch];
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const outcome = await deliver(piece.records);
    if (!outcome) return undefined;
    if (outcome.kind === 'delivered') continue;
    if (piece.records.length > 1) {
      const [first, second] = halve(piece);
      pieces.push(second, first);
    } else {
      rejected.push(...deadLetters(piece, outcome.detail));
    }
  }
  return rejected;
}

const deadLetters = <T>({ firstSeq, records }: Batch<T>, reason: string): DeadLetter<T>[] =>
  records.map((record, index) => ({ seq: firstSeq + index, record, reason }));
