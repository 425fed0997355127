import type { Context } from 'koa';
import { z } from 'zod';
import { activeDifferenceSchema, activeRowSchema } from '../../../contract/api/active.ts';
import type { Problem } from '../../../contract/problem.ts';
import { formatDuration } from '../../../contract/values/duration.ts';
import { toSentence } from '../../../contract/values/sentence.ts';
import { maxResultRows } from '../../../query/active/counts.ts';
import type { DeliveredReader, DeliveredResult } from '../../../query/active/delivered-reader.ts';
import { stepBeginnings, stepMs } from '../../../query/calendar.ts';
import { groupKeys } from '../../../query/period/groups.ts';
import type { ActiveQuery } from '../../../query/period/query.ts';
import type { PeriodReader } from '../../../query/period/reader.ts';
import type { ActiveResult } from '../../../query/period/thread.ts';
import type { RowFormat } from '../../../query/rows.ts';
import {
  booleanParameter,
  enumListParameter,
  enumParameter,
  identityParameters,
  type QueryString,
  readParameters,
} from '../../parameters/parameters.ts';
import { parseStep, periodParameters, readPeriod, stepParameter } from '../../parameters/times.ts';
import { invalidParameters, ProblemError, type Route } from '../../route.ts';
import {
  formatParameters,
  readRowsQuery,
  rowsContent,
  sendRowText,
  whileConnected,
} from '../../rows/response.ts';

type ActiveRoutesOptions = Pick<PeriodReader, 'countAndWrite'> & {
  /** Heartbeats in Monasca: through the cache, and directly. Undefined if none is configured. */
  readonly delivered?:
    | { readonly cached: DeliveredReader; readonly fresh: DeliveredReader }
    | undefined;
  readonly now: () => number;
  readonly retentionMs: number;
};

const parameters = {
  step: stepParameter,
  by: enumListParameter('by', groupKeys, 'Keys to group by; without any, one group for all.'),
  zeros: booleanParameter(
    'zeros',
    'Whether a group that was active in the period has rows for the steps in which it was not; ' +
      'the default is true.',
  ),
};

const sourceParameters = {
  source: enumParameter(
    'source',
    ['ledger', 'monasca'],
    'ledger',
    'Source of the heartbeats: the ledger of the service, or Monasca, with the heartbeats that were ' +
      'delivered to it. If there are too many to read each, Monasca counts them by spans of time: ' +
      'then `active` is exact except for instances without a heartbeat in the period, `max`, ' +
      '`started` and `ended` are accurate to the span, and the header Heartbeat-Resolution is its ' +
      'length in seconds.',
  ),
  compare: booleanParameter(
    'compare',
    'Whether the result consists of the rows in which ledger and Monasca differ, with `ledger`, ' +
      '`monasca` and `difference` in place of the counts.',
  ),
};

/** Query of a request, and where its heartbeats are read from. */
type ActiveRequest = {
  readonly query: ActiveQuery;
  readonly source: 'ledger' | 'monasca';
  readonly isCompared: boolean;
};

export function activeRoutes(options: ActiveRoutesOptions): Route[] {
  const { now, retentionMs } = options;
  return [
    {
      method: 'get',
      path: '/api/v1/active',
      turn: 'period',
      scope: 'read',
      tag: 'periods',
      summary: 'Number of active instances by step and component',
      description:
        'Exact for all accepted heartbeats, however late or often they arrived. An instance is ' +
        'active in each step that contains a time between its first and its last heartbeat.',
      query: [
        ...periodParameters,
        ...Object.values({ ...parameters, ...identityParameters, ...sourceParameters }),
        ...formatParameters,
      ],
      responses: {
        200: rowsContent(
          'Ascending in time, then by group.',
          z.union([z.array(activeRowSchema), z.array(activeDifferenceSchema)]),
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable', 'monasca-unavailable'],
      async handle(context) {
        const { query: request, format } = readRowsQuery(
          context,
          (query) => readActiveRequest(query, retentionMs),
          now(),
        );
        const result = await whileConnected(context, (signal) =>
          countAndWrite(context, request, format, options, signal),
        );
        if (result?.kind === 'too-many') throw tooManyRows(request.query, result.groups);
        if (result) sendRowText(context, format, { name: 'active', text: result.text });
      },
    },
  ];
}

function readActiveRequest(query: QueryString, retentionMs: number): ActiveRequest {
  const { source, compare = false } = readParameters(sourceParameters, query);
  const isLedgerRead = source === 'ledger' || compare;
  // Monasca may keep heartbeats for longer than the ledger.
  const period = readPeriod(query, isLedgerRead ? retentionMs : Number.POSITIVE_INFINITY);
  const { step, by = [], zeros: hasZeros = true } = readParameters(parameters, query);
  const filter = readParameters(identityParameters, query);
  const active = { ...period, step, by, filter, hasZeros };
  if (step && (period.toMs - period.fromMs) / stepMs(step) > maxResultRows) {
    query.refuse('step', fewerRowsExpected(active, 1));
  }
  // The steps of an invalid period may be endless.
  const isValid = query.errors().length === 0;
  const steps = step && isValid ? stepBeginnings(period, step, period.timeZone) : [period.fromMs];
  return { query: { ...active, steps }, source, isCompared: compare };
}

async function countAndWrite(
  context: Context,
  { query, source, isCompared }: ActiveRequest,
  format: RowFormat,
  { countAndWrite: count, delivered: readers }: ActiveRoutesOptions,
  signal: AbortSignal,
): Promise<ActiveResult> {
  if (source === 'ledger' && !isCompared) return count({ query, format, isCompared }, signal);
  if (!readers) throw monascaUnavailable('none is configured: heartbeats are not sent to Monasca');
  // Monasca first: all that is delivered meanwhile is in the ledger already.
  const read = isCompared ? readers.fresh : readers.cached;
  const { query: readQuery, delivered } = deliveredOrProblem(await read(query, signal));
  if (delivered.widthMs > 0) {
    context.set('heartbeat-resolution', String(delivered.widthMs / 1_000));
  }
  return count({ query: readQuery, format, delivered, isCompared }, signal);
}

function deliveredOrProblem(result: DeliveredResult) {
  switch (result.kind) {
    case 'delivered':
      return result;
    case 'unavailable':
      throw monascaUnavailable(result.detail);
    case 'too-much': {
      const expected = 'a shorter period, fewer instances, or steps of whole hours or days';
      throw new ProblemError(invalidParameters([{ path: 'from', expected, got: result.detail }]));
    }
  }
}

function tooManyRows(query: ActiveQuery, groups: number): ProblemError {
  const got = `${query.steps.length} steps, ${groups} groups`;
  const expected = fewerRowsExpected(query, groups);
  return new ProblemError(invalidParameters([{ path: 'step', expected, got }]));
}

function monascaUnavailable(detail: string): ProblemError {
  const problem: Problem = {
    code: 'monasca-unavailable',
    detail: `${toSentence(`Monasca cannot be queried now: ${detail}`)} Without source=monasca the ledger answers.`,
    retryAfterSeconds: 10,
  };
  return new ProblemError(problem);
}

const usualSteps = '1s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 1w 1mo'.split(' ');

/** Describes queries with few enough rows, in place of one with so many groups. */
function fewerRowsExpected(
  { fromMs, toMs, step, hasZeros }: Pick<ActiveQuery, 'fromMs' | 'toMs' | 'step' | 'hasZeros'>,
  groups: number,
): string {
  const most = `at most ${formatCount(maxResultRows)} rows`;
  if (groups > maxResultRows)
    return `${most}, and there are ${formatCount(groups)} groups: a filter, or fewer in "by"`;
  const stepsEach = Math.floor(maxResultRows / Math.max(1, groups));
  const periodMs = toMs - fromMs;
  // The first and the last step may be shorter.
  const fitting = usualSteps.find((text) => {
    const one = parseStep(text);
    return one && periodMs / stepMs(one) + 1 <= stepsEach;
  });
  const ways = [
    fitting === undefined ? 'no step at all' : `a step of ${fitting} or more`,
    ...(step && stepsEach > 1
      ? [`a period of at most ${formatDuration((stepsEach - 1) * stepMs(step))}`]
      : []),
    ...(groups > 1 ? ['a filter, or fewer in "by"'] : []),
    ...(groups > 1 && hasZeros ? ['zeros=false'] : []),
  ];
  const of = groups > 1 ? `, and there are ${formatCount(groups)} groups` : '';
  return `${most}${of}: ${ways.join('; or ')}`;
}

const formatCount = (number: number) => number.toLocaleString('en-US');
