import type { GroupKey } from '../period/groups.ts';
import type { PeriodQuery } from '../period/query.ts';
import type { Step } from './steps.ts';

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

/** Upper bound for the rows of a result. */
export const maxResultRows = 50_000;
