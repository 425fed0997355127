/**
 * Result of handing a batch to a destination. Three outcomes, not two: the destination knows whether
 * a retry makes sense, the pump decides when and how.
 */
export type Outcome =
  /** `records`: number of records that were for the destination; all of them when it is absent. */
  | { readonly kind: 'delivered'; readonly records?: number }
  | Retry
  /** The destination will never take this batch as it is. */
  | { readonly kind: 'rejected'; readonly detail: string };

/** Nothing is wrong with the records; the destination cannot take them now. */
export type Retry = {
  readonly kind: 'retry';
  readonly reason: RetryReason;
  readonly detail: string;
  readonly afterMs?: number;
};

/** Reasons why a delivery waits: a closed set, because it labels a metric. */
export const retryReasons = [
  /** Connection refused or reset, name not found, TLS failure. */
  'unreachable',
  /** The name resolves to a private address, and private addresses are not allowed. */
  'private-address',
  'timeout',
  /** 429, or 503 with `Retry-After`. */
  'throttled',
  /** Any other 5xx. */
  'server-error',
  /** The credentials or the token are not accepted. */
  'unauthenticated',
  /** The credentials are accepted, but a role or permission is missing. */
  'forbidden',
  /** A response that no version of the protocol has. */
  'unexpected-answer',
  'aborted',
] as const;
export type RetryReason = (typeof retryReasons)[number];

export const delivered: Outcome = { kind: 'delivered' };

/** None of the records was for the destination, so nothing was sent. */
export const skipped: Outcome = { kind: 'delivered', records: 0 };

/** Whether the destination received records and took them. */
export const wasDelivered = (outcome: Outcome): boolean =>
  outcome.kind === 'delivered' && outcome.records !== 0;

export const retry = (reason: RetryReason, detail: string, afterMs?: number): Retry =>
  afterMs === undefined
    ? { kind: 'retry', reason, detail }
    : { kind: 'retry', reason, detail, afterMs };

export const rejected = (detail: string): Outcome => ({ kind: 'rejected', detail });

/**
 * A destination of records, in one function. It never throws because of the other side; a throw is a
 * bug of ours. It must be safe to call again with the same batch: delivery is at least once.
 */
export type Destination<T> = (batch: readonly T[], signal: AbortSignal) => Promise<Outcome>;
