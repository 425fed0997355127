/**
 * What became of a batch that was handed to a destination. Three outcomes, not two: whether it is
 * worth trying again is the destination's knowledge, when and how is the pump's.
 */
export type Outcome =
  /** `records`: how many of them concerned the destination; where it is not said, all. */
  | { readonly kind: 'delivered'; readonly records?: number }
  | Retry
  /** The other side will never take this batch as it is. */
  | { readonly kind: 'rejected'; readonly detail: string };

/** Nothing is wrong with the records; the other side could not take them now. */
export type Retry = {
  readonly kind: 'retry';
  readonly reason: RetryReason;
  readonly detail: string;
  readonly afterMs?: number;
};

/** Why a delivery has to wait: a closed set, for it labels a metric. */
export const retryReasons = [
  /** Connection refused or reset, name not found, TLS failure. */
  'unreachable',
  /** The name leads to a private address, and those are not allowed. */
  'private-address',
  'timeout',
  /** 429, or 503 with `Retry-After`. */
  'throttled',
  /** Any other 5xx. */
  'server-error',
  /** The other side does not know us: credentials, token. */
  'unauthenticated',
  /** The other side knows us and will not let us: a role is missing. */
  'forbidden',
  /** An answer that no version of the protocol gives. */
  'unexpected-answer',
  'aborted',
] as const;
export type RetryReason = (typeof retryReasons)[number];

export const delivered: Outcome = { kind: 'delivered' };

/** None of the records concerned the destination: nobody was asked, and nothing was learnt of it. */
export const skipped: Outcome = { kind: 'delivered', records: 0 };

/** Whether the destination was asked, and took what it was given. */
export const wasTaken = (outcome: Outcome): boolean =>
  outcome.kind === 'delivered' && outcome.records !== 0;

export const retry = (reason: RetryReason, detail: string, afterMs?: number): Retry =>
  afterMs === undefined
    ? { kind: 'retry', reason, detail }
    : { kind: 'retry', reason, detail, afterMs };

export const rejected = (detail: string): Outcome => ({ kind: 'rejected', detail });

/**
 * A destination of records, in one function. It never throws for what the other side does; a throw
 * is a bug of ours. It must be safe to call again with the same batch: delivery is at least once.
 */
export type Destination<T> = (batch: readonly T[], signal: AbortSignal) => Promise<Outcome>;
