import type { IdentityGlobs } from '../identity-globs.ts';

/** Half-open: from `fromMs` on, before `toMs`. */
export type Period = { readonly fromMs: number; readonly toMs: number };

export type PeriodQuery = Period & {
  readonly filter: IdentityGlobs;
  /** IANA name of the time zone of the times in the result. */
  readonly timeZone: string;
  /** Time of the query. */
  readonly nowMs: number;
};
