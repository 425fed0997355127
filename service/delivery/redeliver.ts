import type { Destination, Retry } from '../contract/outcome.ts';

/** What became of dead letters that were tried once more. */
export type Redelivery = {
  readonly delivered: number;
  readonly rejected: number;
  /** Set when the destination could take nothing: the rest was not tried. */
  readonly stopped?: Retry;
};

type Letter<T> = { readonly seq: number; readonly record: T };

/**
 * Hands dead letters to their destination again, one by one, for each of them was refused alone;
 * `remove` makes the destination's yes durable before the next one is tried.
 */
export async function redeliver<T>(
  letters: readonly Letter<T>[],
  deliver: Destination<T>,
  remove: (seq: number) => Promise<void>,
  signal: AbortSignal,
): Promise<Redelivery> {
  let delivered = 0;
  let rejected = 0;
  for (const { seq, record } of letters) {
    const outcome = await deliver([record], signal);
    switch (outcome.kind) {
      case 'delivered':
        await remove(seq);
        delivered++;
        break;
      case 'rejected':
        rejected++;
        break;
      case 'retry':
        return { delivered, rejected, stopped: outcome };
    }
  }
  return { delivered, rejected };
}
