import { json } from '../../../contract/api/operation.ts';
import { type OverviewResponse, overviewSchema } from '../../../contract/api/overview.ts';
import { defined } from '../../../contract/defined.ts';
import { isoTime } from '../../../contract/values/iso-time.ts';
import type { BlindTimes } from '../../../ledger/blind-times.ts';
import { timelineSubjects } from '../../../query/timeline/query.ts';
import type { TimelineRow, TimelineSource } from '../../../query/timeline/source.ts';
import {
  enumParameter,
  identityParameters,
  integerParameter,
  type QueryString,
  readParameters,
  readQueryString,
} from '../../parameters/parameters.ts';
import { periodParameters, readPeriod } from '../../parameters/times.ts';
import type { Route } from '../../route.ts';
import type { EventFeed } from '../events.ts';

export type OverviewRouteOptions = {
  readonly timelines: TimelineSource;
  readonly feed: Pick<EventFeed, 'head' | 'read'>;
  readonly blindBetween: BlindTimes['between'];
  readonly now: () => number;
  readonly retentionMs: number;
};

const stepsParameter = integerParameter(
  'steps',
  { min: 1, max: 1_000 },
  undefined,
  'Number of steps of the period; the default is 288.',
);
const byParameter = enumParameter(
  'by',
  timelineSubjects,
  'component',
  'Subject of a row: a component, or each of its instances.',
);

/** Pages that are opened or reconnect at the same time share a response. */
const sharedForMs = 2_000;

/** Everything that the first page displays, in one compact response. */
export const overviewRoute = (options: OverviewRouteOptions): Route => {
  const read = shareForAWhile((query: OverviewQuery) => readOverview(query, options));
  return {
    ...description,
    async handle(context) {
      const query = readQueryString(
        context.query,
        (parameters) => readOverviewQuery(parameters, options.retentionMs),
        options.now(),
      );
      const text = await read(query);
      context.type = 'application/json';
      context.body = text;
    },
  };
};

const description = {
  method: 'get',
  path: '/api/v1/overview',
  turn: 'period',
  scope: 'read',
  tag: 'instances',
  summary: 'Components with their instances by state, now and in the steps of a period',
  description:
    'Made for pages that display the past as a bar. An instance is up from the first to the last ' +
    'heartbeat of a presence, late until it would count as down, and down until it returns, is ' +
    'retired, or is forgotten. The default period is a day.',
  query: [
    ...periodParameters,
    ...[byParameter, stepsParameter],
    ...Object.values(identityParameters),
  ],
  responses: { 200: json('Now, and the steps.', overviewSchema) },
  problems: ['invalid-parameter', 'store-unavailable'],
} satisfies Omit<Route, 'handle'>;

type OverviewQuery = ReturnType<typeof readOverviewQuery>;

function readOverviewQuery(parameters: QueryString, retentionMs: number) {
  const { fromMs, toMs, timeZone, nowMs } = readPeriod(parameters, retentionMs);
  const steps = stepsParameter.read(parameters) ?? 288;
  const filter = readParameters(identityParameters, parameters);
  const by = byParameter.read(parameters);
  return { by, fromMs, toMs, timeZone, nowMs, steps, filter, stepMs: (toMs - fromMs) / steps };
}

async function readOverview(query: OverviewQuery, options: OverviewRouteOptions): Promise<string> {
  const { fromMs, toMs, nowMs, steps, stepMs } = query;
  // Read before the states: a change in between is in both, and does no harm if it is applied twice.
  const position = newestId(options.feed);
  const rows = await options.timelines(query, never);
  return JSON.stringify({
    time: isoTime(nowMs),
    ...defined({ position }),
    from: isoTime(fromMs),
    stepSeconds: stepMs / 1_000,
    steps,
    blind: options
      .blindBetween(fromMs, toMs)
      .map(([from, to]) => ({ from: isoTime(Math.round(from)), to: isoTime(Math.round(to)) })),
    components: rows.map(toComponent),
  } satisfies OverviewResponse);
}

/** A shared response is read for its other callers if the first one leaves. */
const never = new AbortController().signal;

/** Shares the result of the last query for a time with equal queries, unless it failed. */
function shareForAWhile(
  read: (query: OverviewQuery) => Promise<string>,
): (query: OverviewQuery) => Promise<string> {
  let last: { key: string; atMs: number; result: Promise<string> } | undefined;
  return (query) => {
    const { by, fromMs, toMs, nowMs, steps, filter } = query;
    const isUntilNow = toMs > nowMs;
    const key = JSON.stringify([by, steps, filter, isUntilNow ? toMs - fromMs : [fromMs, toMs]]);
    if (last?.key === key && Math.abs(nowMs - last.atMs) < sharedForMs) return last.result;
    const result = read(query);
    const one = { key, atMs: nowMs, result };
    last = one;
    result.catch(() => {
      if (last === one) last = undefined;
    });
    return result;
  };
}

function newestId(feed: OverviewRouteOptions['feed']): string | undefined {
  const head = feed.head();
  return head === 0 ? undefined : feed.read(head - 1, 1).records[0]?.id;
}

function toComponent({ name, version, instance, runs, now }: TimelineRow) {
  const { up = 0, late = 0, down = 0, retired = 0, lastMs } = now ?? {};
  return {
    name,
    version,
    ...defined({ instance }),
    instances: { up, late, down, retired },
    ...defined({ lastBeat: isoTime(lastMs) }),
    timeline: runs.map(([...run]) => run),
  };
}
