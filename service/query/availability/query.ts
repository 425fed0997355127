import type { GroupKey } from '../period/groups.ts';
import type { PeriodQuery } from '../period/query.ts';

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
