import type { Context } from 'koa';
import { z } from 'zod';
import {
  type AvailabilityResponse,
  availabilitySchema,
  type ComponentResponse,
  componentSchema,
} from '../../../contract/api/availability.ts';
import { defined } from '../../../contract/defined.ts';
import { maxResultRows } from '../../../query/active/counts.ts';
import type { AvailabilityRow, AvailabilitySource } from '../../../query/availability/source.ts';
import { formatTime } from '../../../query/calendar.ts';
import { groupKeys } from '../../../query/period/groups.ts';
import type { AvailabilityQuery, MinInstancesRule } from '../../../query/period/query.ts';
import type { RowLayout, RowValues } from '../../../query/rows.ts';
import {
  enumParameter,
  identityParameters,
  integerParameter,
  type QueryString,
  readParameters,
} from '../../parameters/parameters.ts';
import { periodParameters, readPeriod } from '../../parameters/times.ts';
import { invalidParameters, ProblemError, type Route } from '../../route.ts';
import {
  formatParameters,
  inPieces,
  readRowsQuery,
  rowsContent,
  sendRows,
  whileConnected,
} from '../../rows/response.ts';

export type AvailabilityRoutesOptions = {
  readonly availability: AvailabilitySource;
  readonly rules: readonly MinInstancesRule[];
  readonly now: () => number;
  readonly retentionMs: number;
  /** Blind time of the service in a period, in milliseconds. */
  blindMs(fromMs: number, toMs: number): number;
};

const minInstancesParameter = integerParameter(
  'minInstances',
  { min: 1, max: 1_000_000 },
  undefined,
  'Active instances that a component needs; the default is that of `liveness.rules`, or 1.',
);
const byParameter = enumParameter(
  'by',
  ['component', 'instance'],
  'component',
  'Subject of the availability.',
);
const { instance: instanceParameter, ...componentFilter } = identityParameters;

const componentParameters = [
  ...periodParameters,
  minInstancesParameter,
  ...Object.values(componentFilter),
];
const availabilityParameters = [...componentParameters, byParameter, instanceParameter];

/** Components, and the share of a period in which they and their instances were active. */
export function availabilityRoutes(options: AvailabilityRoutesOptions): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/components',
      turn: 'period',
      scope: 'read',
      tag: 'instances',
      summary: 'Components with their instances by state, and their availability',
      description:
        'Components that have instances now or were active in the period, by name and version. ' +
        'The availability is that of the period; the default is a day.',
      query: [...componentParameters, ...formatParameters],
      responses: {
        200: rowsContent('The components.', z.object({ components: z.array(componentSchema) })),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      handle: (context) =>
        respond(context, options, readComponentQuery, componentLayout, toComponent),
    },
    {
      method: 'get',
      path: '/api/v1/availability',
      turn: 'period',
      scope: 'read',
      tag: 'periods',
      summary: 'Share of a period in which components or instances were active',
      description:
        'Measured from the beginning of the period, or from the first heartbeat of all, to its end. ' +
        'An instance is available from the first to the last heartbeat of a presence, and until ' +
        'now if the next heartbeat is not overdue.',
      query: [...availabilityParameters, ...formatParameters],
      responses: {
        200: rowsContent(
          'By name, version and instance.',
          z.object({ availability: z.array(availabilitySchema) }),
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      handle: (context) =>
        respond(context, options, readAvailabilityQuery, availabilityLayout, (row, timeZone) =>
          toAvailability(row, timeZone, options.blindMs),
        ),
    },
  ];
}

async function respond<Row extends RowValues>(
  context: Context,
  options: AvailabilityRoutesOptions,
  readQuery: (query: QueryString, options: AvailabilityRoutesOptions) => AvailabilityQuery,
  layout: RowLayout<Row>,
  toRow: (row: AvailabilityRow, timeZone: string) => Row,
): Promise<void> {
  const { query, format } = readRowsQuery(
    context,
    (parameters) => readQuery(parameters, options),
    options.now(),
  );
  const result = await whileConnected(context, (signal) => options.availability(query, signal));
  if (result?.kind === 'too-many') {
    const expected = `at most ${maxResultRows} rows: a filter`;
    const got = `${result.groups} rows`;
    throw new ProblemError(invalidParameters([{ path: 'name', expected, got }]));
  }
  if (!result) return;
  const pieces = inPieces(result.rows.values().map((row) => toRow(row, query.timeZone)));
  await sendRows(context, format, { ...layout, pieces });
}

const componentKeys = groupKeys.filter((key) => key !== 'instance');

function readComponentQuery(
  query: QueryString,
  { rules, retentionMs }: AvailabilityRoutesOptions,
): AvailabilityQuery {
  const period = readPeriod(query, retentionMs);
  const minInstances = minInstancesParameter.read(query);
  return {
    ...period,
    by: componentKeys,
    rules: minInstances === undefined ? rules : [{ name: '*', version: '*', minInstances }],
    filter: readParameters(componentFilter, query),
  };
}

function readAvailabilityQuery(
  query: QueryString,
  options: AvailabilityRoutesOptions,
): AvailabilityQuery {
  const components = readComponentQuery(query, options);
  const isByInstance = byParameter.read(query) === 'instance';
  const filter = { ...components.filter, instance: instanceParameter.read(query) };
  return isByInstance
    ? { ...components, filter, by: groupKeys, rules: [] }
    : { ...components, filter };
}

const componentLayout: RowLayout<ComponentResponse> = {
  member: 'components',
  columns: [
    ...['name', 'version', 'up', 'late', 'down', 'retired'],
    ...['firstSeen', 'lastBeat', 'availability'],
  ],
  formatRow: ({ instances, ...row }) => ({ ...row, ...instances }),
};

const availabilityLayout: RowLayout<AvailabilityResponse> = {
  member: 'availability',
  columns: Object.keys(availabilitySchema.shape),
};

function toComponent(row: AvailabilityRow, timeZone: string): ComponentResponse {
  const { name = '', version = '', now, lastMs } = row;
  const newestMs = Math.max(now?.lastMs ?? 0, lastMs);
  const { up = 0, late = 0, down = 0, retired = 0 } = now ?? {};
  return {
    name,
    version,
    instances: { up, late, down, retired },
    ...(now ? { firstSeen: formatTime(now.firstSeenMs, timeZone) } : {}),
    ...(newestMs > 0 ? { lastBeat: formatTime(newestMs, timeZone) } : {}),
    availability: shareOf(row),
  };
}

function toAvailability(
  row: AvailabilityRow,
  timeZone: string,
  blindMs: AvailabilityRoutesOptions['blindMs'],
): AvailabilityResponse {
  const { name = '', version = '', instance, sinceMs, untilMs } = row;
  return {
    ...defined({ name, version, instance }),
    since: formatTime(sinceMs, timeZone),
    seconds: (untilMs - sinceMs) / 1_000,
    availableSeconds: row.availableMs / 1_000,
    availability: shareOf(row),
    outages: row.outages,
    longestOutageSeconds: row.longestOutageMs / 1_000,
    blindSeconds: Math.round(blindMs(sinceMs, untilMs)) / 1_000,
  };
}

/** Rounded down, so that any outage at all makes it less than 1. */
function shareOf({ sinceMs, untilMs, availableMs }: AvailabilityRow): number | null {
  if (untilMs <= sinceMs) return null;
  return Math.floor((availableMs / (untilMs - sinceMs)) * 1e6) / 1e6;
}
