import type { PeriodQuery } from '../../../query/period/query.ts';
import type { QueryString } from '../../parameters/query-string.ts';
import { timeParameter, timeZoneParameter } from '../../parameters/time.ts';

const dayMs = 86_400_000;

const from = timeParameter('from', 'Beginning of the period; the default is a day before its end.');
const to = timeParameter('to', 'End of the period, excluded; the default is now, included.');

export const periodParameters = [from, to, timeZoneParameter];

/** The period of a query: not before the retention, and not in the future. */
export function readPeriod(query: QueryString, retentionMs: number): Omit<PeriodQuery, 'filter'> {
  const { nowMs } = query;
  const keptFromMs = Math.max(0, nowMs - retentionMs);
  const timeZone = timeZoneParameter.read(query);
  const givenMs = from.read(query, timeZone);
  const endMs = to.read(query, timeZone) ?? nowMs;
  const fromMs = givenMs ?? Math.max(keptFromMs, Math.min(endMs, nowMs) - dayMs);
  // A heartbeat of the current millisecond belongs to a period until now.
  const toMs = endMs >= nowMs ? nowMs + 1 : endMs;
  if (fromMs < keptFromMs) {
    const kept = new Date(keptFromMs).toISOString();
    query.refuse(
      'from',
      `a time from ${kept} on: what was before is not kept (ledger.retentionDays)`,
    );
  } else if (fromMs > nowMs) query.refuse('from', 'a time that is not in the future');
  else if (toMs <= fromMs) query.refuse('to', 'a time after "from"');
  return { fromMs, toMs, timeZone, nowMs };
}
