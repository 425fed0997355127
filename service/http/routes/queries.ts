import type { Config } from '../../config/schema.ts';
import type { Queries } from '../../query/queries.ts';
import { badgeRoutes } from '../badges/routes.ts';
import type { Route } from '../route.ts';
import { wallRoute } from '../streams/wall.ts';
import { type EventRoutesOptions, eventRoutes } from './events.ts';
import { type InstanceRoutesOptions, instanceRoutes } from './instances.ts';
import { activeRoutes } from './periods/active.ts';
import { type AvailabilityRoutesOptions, availabilityRoutes } from './periods/availability.ts';
import { type OverviewRouteOptions, overviewRoute } from './periods/overview.ts';

type QueryRoutesOptions = Pick<EventRoutesOptions, 'feed' | 'stopping' | 'clock' | 'log'> &
  Pick<InstanceRoutesOptions, 'retire' | 'retireAll'> &
  Pick<AvailabilityRoutesOptions, 'blindMs'> &
  Pick<OverviewRouteOptions, 'blindBetween'>;

const dayMs = 86_400_000;

/** Routes for instances, components, events and periods. */
export function queryRoutes(
  { events, ledger, liveness, page }: Pick<Config, 'events' | 'ledger' | 'liveness' | 'page'>,
  queries: Queries,
  options: QueryRoutesOptions,
): Route[] {
  const all = {
    ...queries,
    ...options,
    maxStreams: events.maxStreams,
    rules: liveness.rules.map(({ name, version, minInstances = 1 }) => ({
      name,
      version,
      minInstances,
    })),
    now: options.clock.now,
    retentionMs: ledger.retentionDays * dayMs,
  };
  return [
    ...eventRoutes(all),
    ...instanceRoutes(all),
    ...availabilityRoutes(all),
    ...activeRoutes(all),
    overviewRoute(all),
    wallRoute({ ...all, isPublic: page.publicWall }),
    ...badgeRoutes({ counts: queries.counts, isPublic: page.publicBadges }),
  ];
}
