import type { Destination, Retry } from '../contract/outcome.ts';
import type { DeadLetters } from '../store/dead-letters.ts';

/** The dead letters of one destination. All functions throw `StoreUnavailable`. */
export type DeadLetterQueue = {
  /** The dead letters with the lowest numbers above `after`. */
  page(after: number, limit: number): readonly DeadLetterView[];
  /** Sends the dead letters of such a page again. */
  retry(after: number, limit: number): Promise<Redelivery & { readonly page: LetterNumbers }>;
  count(): number;
};

export type DeadLetterView = {
  /** Number in the outbox. */
  readonly seq: number;
  readonly atMs: number;
  readonly reason: string;
  readonly content: DeadLetterContent;
};

/** The rejected record, as the API returns it. */
export type DeadLetterContent =
  | { readonly heartbeat: object }
  | { readonly event: object }
  | { readonly record: object };

export type LetterNumbers = readonly { readonly seq: number }[];

/** Result of sending dead letters again. */
type Redelivery = {
  readonly delivered: number;
  readonly rejected: number;
  /** Set when the destination could take nothing: the rest was not tried. */
  readonly stopped?: Retry;
};

/** The client of a retry waits for its response; its connection would not wait for longer. */
const maxRetryMs = 20_000;

export function createDeadLetterQueue<T>(parts: {
  readonly letters: DeadLetters<T>;
  readonly reader: string;
  readonly deliver: Destination<T>;
  readonly timeoutMs: number;
  readonly toContent: (record: T) => DeadLetterContent;
}): DeadLetterQueue {
  const { letters, reader, deliver, timeoutMs, toContent } = parts;
  const pageOf = (afterSeq: number, limit: number) => letters.page(reader, { afterSeq, limit });
  return {
    page: (after, limit) =>
      pageOf(after, limit).map(({ record, ...letter }) => ({
        ...letter,
        content: toContent(record),
      })),
    count: () => letters.count(reader),
    async retry(after, limit) {
      const page = pageOf(after, limit);
      const remove = (seq: number) => letters.remove(reader, [seq]);
      const signal = AbortSignal.timeout(Math.min(timeoutMs, maxRetryMs));
      return { ...(await redeliver(page, deliver, remove, signal)), page };
    },
  };
}

/**
 * Sends dead letters one by one, because each of them was rejected alone; `remove` makes a success
 * durable before the next one is sent.
 */
async function redeliver<T>(
  letters: readonly { readonly seq: number; readonly record: T }[],
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
