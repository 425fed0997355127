import type { Identity } from '../instance.ts';

/** What is read back from where heartbeats were delivered to. */
export type MeasuredQuestion = {
  /** Half-open; epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Globs; what is not said may be anything. */
  readonly filter: { readonly [Key in keyof Identity]?: string | undefined };
  /** Widths in which heartbeats may be told, where there are too many to tell each; descending. */
  readonly widthsMs: readonly number[];
  /** How long before and after the period heartbeats of an instance still matter for it. */
  marginMs(identity: Identity): number;
};

export type Measured =
  | {
      readonly kind: 'beats';
      /**
       * 0: the times of all heartbeats, those within the margins too. Else the beginnings of all
       * spans of so many milliseconds, counted from 1970 on, in which there was one.
       */
      readonly widthMs: number;
      readonly instances: readonly MeasuredInstance[];
    }
  /** The other side did not answer, or not in time; `detail` says so in words. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** More than can be read in reasonable time. */
  | { readonly kind: 'too-much'; readonly detail: string };

export type MeasuredInstance = Identity & {
  /** In no order, perhaps several times. */
  readonly timesMs: readonly number[];
};

/** Reads all that there is of a question. Rejects with the reason of the signal when that aborts. */
export type MeasuredReader = (question: MeasuredQuestion, signal: AbortSignal) => Promise<Measured>;
