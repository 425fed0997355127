import { componentKey } from '../../contract/instance.ts';
import { maxResultRows, type TooManyRows } from '../active/counts.ts';
import { componentMatcher } from '../identity-globs.ts';
import { compareGroups } from '../period/groups.ts';
import type { AvailabilityQuery } from '../period/query.ts';
import type { PeriodReader } from '../period/reader.ts';
import type { KnownComponent } from './known-components.ts';
import type { Availability } from './measure.ts';

/** Availability of a component or an instance, and the component as it is now. */
export type AvailabilityRow = Availability & { readonly now: KnownComponent | undefined };

/** Rows by name, version and instance. */
type AvailabilityResult =
  | { readonly kind: 'rows'; readonly rows: readonly AvailabilityRow[] }
  | TooManyRows;

export type AvailabilitySource = (
  query: AvailabilityQuery,
  signal: AbortSignal,
) => Promise<AvailabilityResult>;

/** Measures with the ledger. A known component without a heartbeat in the period has a row too. */
export function createAvailabilitySource(
  { measure }: Pick<PeriodReader, 'measure'>,
  knownComponents: () => Promise<readonly KnownComponent[]>,
): AvailabilitySource {
  return async (query, signal) => {
    const measured = await measure(query, signal);
    const known = query.by.includes('instance') ? [] : await knownComponents();
    const nowByKey = new Map(known.map((component) => [componentKey(component), component]));
    const measuredKeys = new Set(measured.map(keyOf));
    const absent = known
      .filter(componentMatcher(query.filter))
      .filter((one) => !measuredKeys.has(keyOf(one)) && one.firstSeenMs < query.toMs)
      .map((one) => ({ ...unavailable(one, query), now: one }));
    const rows = [...measured.map((one) => ({ ...one, now: nowByKey.get(keyOf(one)) })), ...absent];
    if (rows.length > maxResultRows) return { kind: 'too-many', groups: rows.length };
    return { kind: 'rows', rows: rows.sort(compareGroups) };
  };
}

const keyOf = ({ name = '', version = '' }: { name?: string; version?: string }): string =>
  componentKey({ name, version });

function unavailable(one: KnownComponent, query: AvailabilityQuery): Availability {
  const { name, version } = one;
  const untilMs = Math.min(query.toMs, query.nowMs);
  const sinceMs = Math.max(query.fromMs, Math.min(untilMs, one.firstSeenMs));
  const longestOutageMs = untilMs - sinceMs;
  const outages = longestOutageMs > 0 ? 1 : 0;
  return { name, version, sinceMs, untilMs, availableMs: 0, outages, longestOutageMs, lastMs: 0 };
}
