import type { InstanceState } from '../../contract/instance.ts';
import type { IdentityGlobs } from '../identity-globs.ts';
import type { PeriodQuery } from '../period/query.ts';
import type { InstanceCursor, InstanceSort } from './sort.ts';

/** Conditions that all have to hold; an absent one always holds. */
export type InstanceFilter = IdentityGlobs & {
  readonly states?: readonly InstanceState[] | undefined;
  /** Part of the name, version or instance, in lower case; matches in any case. */
  readonly text?: string | undefined;
};

export type InstanceQuery = {
  readonly filter: InstanceFilter;
  /**
   * With an order, each page reads all instances. With `none`, each page begins where the one before
   * ended, which is cheapest for all of a large fleet.
   */
  readonly sort: InstanceSort | 'none';
  /** Ascending if absent. */
  readonly order?: 'ascending' | 'descending';
  /** Undefined for all instances. */
  readonly limit: number | undefined;
  readonly cursor?: InstanceCursor | undefined;
};

/** Query for the past of one instance in a period. */
export type InstancePastQuery = Omit<PeriodQuery, 'filter'> & {
  readonly include: readonly ('presences' | 'events' | 'heartbeats')[];
};
