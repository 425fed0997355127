import type { Identity } from '../instance.ts';

/** Query for heartbeats that were delivered to Monasca. */
export type MeasuredQuery = {
  /** Half-open period in epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Globs; an absent part matches all. */
  readonly filter: { readonly [Key in keyof Identity]?: string | undefined };
  /** Allowed widths of spans, descending, where there are too many heartbeats to return each. */
  readonly widthsMs: readonly number[];
  /** Time before and after the period in which heartbeats of an instance still count for it. */
  marginMs(identity: Identity): number;
};

export type MeasuredResult =
  | {
      readonly kind: 'beats';
      /**
       * 0: `timesMs` are the times of all heartbeats, including the margins. Otherwise they are the
       * beginnings of all spans of this width, counted from 1970 on, that have a heartbeat.
       */
      readonly widthMs: number;
      readonly instances: readonly MeasuredInstance[];
    }
  /** Monasca did not respond, or not in time. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** The result is too large to be read. */
  | { readonly kind: 'too-much'; readonly detail: string };

export type MeasuredInstance = Identity & {
  /** In no order, with duplicates. */
  readonly timesMs: readonly number[];
};

/** Executes a query. Rejects with the reason of the signal when that aborts. */
export type MeasuredReader = (query: MeasuredQuery, signal: AbortSignal) => Promise<MeasuredResult>;
