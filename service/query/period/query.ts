import type { IdentityGlobs } from '../identity-globs.ts';
import type { GroupKey } from './groups.ts';

/** Half-open: from `fromMs` on, before `toMs`. */
export type Period = { readonly fromMs: number; readonly toMs: number };

export type PeriodQuery = Period & {
  readonly filter: IdentityGlobs;
  /** IANA name of the time zone of the times in the result. */
  readonly timeZone: string;
  /** Time of the query. */
  readonly nowMs: number;
};

/** Length of a step: milliseconds, or days, weeks or months of the calendar. */
export type Step =
  | { readonly unit: 'ms'; readonly count: number }
  | { readonly unit: 'days' | 'weeks' | 'months'; readonly count: number };

/** Query for the number of active instances, by step and group. */
export type ActiveQuery = PeriodQuery & {
  /** Undefined for totals over the period. */
  readonly step: Step | undefined;
  /** Beginnings of the steps, ascending; for totals the beginning of the period alone. */
  readonly steps: readonly number[];
  /** Keys to group by; without any, all instances are one group. */
  readonly by: readonly GroupKey[];
  /** Whether a group has rows for steps in which no instance of it was active. */
  readonly hasZeros: boolean;
};

/** Active instances that a component needs; the first rule with matching globs counts. */
export type MinInstancesRule = {
  readonly name: string;
  readonly version: string;
  readonly minInstances: number;
};

/** Query for the share of a period in which components or instances were active. */
export type AvailabilityQuery = PeriodQuery & {
  /** Name and version for components, and the instance too for instances. */
  readonly by: readonly GroupKey[];
  /** Without a matching rule one active instance is enough. */
  readonly rules: readonly MinInstancesRule[];
};
