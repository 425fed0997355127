import type { Context } from 'koa';
import { z } from 'zod';
import {
  type InstanceResponse,
  instancePastSchema,
  instanceSchema,
  next,
  retirementSchema,
} from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import {
  type Identity,
  instanceStates,
  notOkFlag,
  skewSecondsOf,
  type ThresholdSource,
} from '../../contract/instance.ts';
import { isoTime } from '../../contract/values/iso-time.ts';
import type { InstanceNow, InstanceQueries } from '../../query/instances/queries.ts';
import type { InstancePastQuery, InstanceQuery } from '../../query/instances/query.ts';
import { decodeCursor, instanceSorts } from '../../query/instances/sort.ts';
import type { RowLayout } from '../../query/rows.ts';
import {
  cursorParameter,
  enumListParameter,
  enumParameter,
  identityParameters,
  limitParameter,
  type QueryParameter,
  type QueryString,
  readParameters,
  readQueryString,
  requiredTextParameter,
  textParameter,
} from '../parameters/parameters.ts';
import { periodParameters, readPeriod } from '../parameters/times.ts';
import { ProblemError, type Route } from '../route.ts';
import { sendPage } from '../rows/pages.ts';
import { formatParameters, readRowsQuery, rowsContent, sendRows } from '../rows/response.ts';
import { type PastSources, readPast } from './instance-past.ts';

export type InstanceRoutesOptions = PastSources & {
  readonly instances: Pick<InstanceQueries, 'page' | 'all' | 'one' | 'unretired'>;
  readonly now: () => number;
  readonly retentionMs: number;
  /** Origin of the thresholds of an instance. */
  thresholdSource?(identity: Identity): ThresholdSource | undefined;
  /** Resolves when it is durable, with whether the instance is known. `by` names the caller. */
  retire(identity: Identity, by: string): Promise<boolean>;
  /** Resolves when it is durable, with the number of instances that were known. */
  retireAll(identities: readonly Identity[], by: string): Promise<number>;
};

const pathParameters = {
  name: 'Name of the component.',
  version: 'Version of the component.',
  instance: 'The instance.',
};

/** How a request names one instance. */
type Address = Pick<Route, 'path' | 'pathParameters'> & {
  readonly query: readonly QueryParameter<string>[];
  /** End of the summaries of its routes. */
  readonly wording: string;
  identityOf(context: Context, query: QueryString): Identity;
};

const inPath: Address = {
  path: '/api/v1/instances/:name/:version/:instance',
  pathParameters,
  query: [],
  wording: '',
  identityOf({ params }) {
    const { name = '', version = '', instance = '' }: Record<string, string | undefined> = params;
    return { name, version, instance };
  },
};

const identityInQuery = {
  name: requiredTextParameter('name', pathParameters.name),
  version: requiredTextParameter('version', pathParameters.version),
  instance: requiredTextParameter('instance', pathParameters.instance),
};

/** For names with a slash, which many proxies decode in a path. */
const inQuery: Address = {
  path: '/api/v1/instance',
  query: Object.values(identityInQuery),
  wording: ', named by parameters',
  identityOf: (_, query) => readParameters(identityInQuery, query),
};

const filterParameters = {
  states: enumListParameter('state', instanceStates, 'Only instances in these states.'),
  ...identityParameters,
  text: textParameter(
    'text',
    'Only instances whose name, version or instance contains this text, in any case.',
  ),
};
const sorts = [...instanceSorts, 'none'] as const;
const sortParameter: QueryParameter<(typeof sorts)[number] | undefined> = {
  ...enumParameter(
    'sort',
    sorts,
    undefined,
    'Order of the instances. `key` stands for name, version and instance. `none` is cheapest for ' +
      'all of a large fleet, and the default of NDJSON and CSV without a limit.',
  ),
  schema: z.enum(sorts).meta({ default: 'key' }),
};
const orderParameter = enumParameter(
  'order',
  ['ascending', 'descending'],
  'ascending',
  'Direction of the order.',
);
const limitOfPage = limitParameter(1_000);
const pageCursor = cursorParameter((text) => text);
const dryRunParameter = enumParameter(
  'dryRun',
  ['true', 'false'],
  undefined,
  'Whether to retire nothing, and only count what matches.',
);
const expectParameter: QueryParameter<number | undefined> = {
  name: 'expect',
  description: 'Number of instances that must match; otherwise none is retired.',
  schema: z.int().min(0),
  read: (query) =>
    query.parse('expect', 'a whole number', (text) =>
      /^\d{1,9}$/.test(text) ? Number(text) : undefined,
    ),
};
const includeParameter = enumListParameter(
  'include',
  ['presences', 'events', 'heartbeats'],
  'Adds the presences, the events or the delivered heartbeats of the instance in a period.',
);

const layout: RowLayout<InstanceResponse> = {
  member: 'instances',
  columns: Object.keys(instanceSchema.shape),
};

/** The instances that are known now. */
export function instanceRoutes(options: InstanceRoutesOptions): Route[] {
  const ofOne = (address: Address) => [oneRoute(options, address), retireRoute(options, address)];
  return [listRoute(options), ...ofOne(inPath), ...ofOne(inQuery), retireAllRoute(options)];
}

function listRoute({ instances }: InstanceRoutesOptions): Route {
  return {
    method: 'get',
    path: '/api/v1/instances',
    turn: 'list',
    scope: 'read',
    tag: 'instances',
    summary: 'Known instances with their states',
    query: [
      ...Object.values(filterParameters),
      ...[sortParameter, orderParameter, limitOfPage, pageCursor, ...formatParameters],
    ],
    responses: {
      200: rowsContent(
        'A page of instances.',
        z.object({ instances: z.array(instanceSchema), next }),
      ),
    },
    problems: ['invalid-parameter'],
    async handle(context) {
      const { query, format } = readRowsQuery(context, readInstanceQuery);
      const { limit } = query;
      if (limit === undefined) {
        const pieces = toResponses(instances.all(query));
        await sendRows(context, format, { ...layout, pieces });
        return;
      }
      const page = await instances.page({ ...query, limit });
      const rows = page.instances.map(toResponse);
      await sendPage(context, format, layout, { rows, next: page.next });
    },
  };
}

function oneRoute(options: InstanceRoutesOptions, address: Address): Route {
  const { instances, now, retentionMs } = options;
  return {
    ...address,
    method: 'get',
    scope: 'read',
    tag: 'instances',
    summary: `One instance${address.wording}`,
    query: [...address.query, includeParameter, ...periodParameters],
    responses: { 200: json('The instance.', instancePastSchema) },
    problems: ['not-found', 'invalid-parameter', 'store-unavailable'],
    async handle(context) {
      const readPastQuery = (query: QueryString): InstancePastQuery & { identity: Identity } => ({
        identity: address.identityOf(context, query),
        include: includeParameter.read(query) ?? [],
        ...readPeriod(query, retentionMs),
      });
      const { identity, ...query } = readQueryString(context.query, readPastQuery, now());
      const found = instances.one(identity);
      if (!found) throw unknownInstance(identity);
      context.body = {
        ...toResponse(found),
        thresholds: options.thresholdSource?.(identity),
        ...(await readPast(identity, query, options)),
      };
    },
  };
}

function retireRoute({ retire }: InstanceRoutesOptions, address: Address): Route {
  return {
    ...address,
    method: 'delete',
    scope: 'admin',
    writesOwnEvent: true,
    tag: 'instances',
    summary: `Retire an instance that has stopped on purpose, without an alarm${address.wording}`,
    responses: { 204: noContent('The instance is retired, durably.') },
    problems: ['not-found', 'invalid-parameter', 'store-unavailable'],
    async handle(context, { by }) {
      const identity = readQueryString(context.query, (query) =>
        address.identityOf(context, query),
      );
      if (!(await retire(identity, by))) throw unknownInstance(identity);
      context.status = 204;
    },
  };
}

function retireAllRoute({ instances, retireAll }: InstanceRoutesOptions): Route {
  return {
    method: 'delete',
    path: '/api/v1/instances',
    scope: 'admin',
    writesOwnEvent: true,
    tag: 'instances',
    summary: 'Retire all instances that match, without an alarm',
    description:
      'Requires a filter, and `dryRun=true` to count what matches or `expect` to confirm the number. ' +
      'Instances that are retired already do not count.',
    query: [...Object.values(filterParameters), dryRunParameter, expectParameter],
    responses: { 200: json('What matches, and what was retired.', retirementSchema) },
    problems: ['invalid-parameter', 'count-differs', 'store-unavailable'],
    async handle(context, { by }) {
      const { filter, isDryRun, expected } = readQueryString(context.query, readRetireQuery);
      const found = await instances.unretired(filter);
      const matched = found.length;
      if (!isDryRun && matched !== expected) {
        const detail = `${matched} instances match, and not ${expected}. None was retired.`;
        throw new ProblemError({ code: 'count-differs', detail });
      }
      const retired = isDryRun ? 0 : await retireAll(found, by);
      context.body = { matched, retired, instances: found.slice(0, maxListed) };
    },
  };
}

/** Most instances that a retirement lists. */
const maxListed = 100;

function readRetireQuery(query: QueryString) {
  const { text, ...filter } = readParameters(filterParameters, query);
  const isDryRun = dryRunParameter.read(query) === 'true';
  const expected = expectParameter.read(query);
  const given = [filter.name, filter.version, filter.instance, text, filter.states?.join()];
  if (given.every((value) => value === undefined || /^\*+$/.test(value))) {
    query.refuse('name', 'a filter: name, version, instance, state or text');
  }
  if (!isDryRun && expected === undefined) {
    query.refuse('expect', 'the number of instances to retire, or dryRun=true');
  }
  return { filter: { ...filter, text: text?.toLowerCase() }, isDryRun, expected };
}

export function readInstanceQuery(query: QueryString): InstanceQuery {
  const { text, ...filter } = readParameters(filterParameters, query);
  const given = sortParameter.read(query);
  const order = orderParameter.read(query);
  const limit = limitOfPage.read(query);
  const sort = given ?? (limit === undefined ? 'none' : 'key');
  const cursor = cursorParameter((position) => decodeCursor(position, sort)).read(query);
  return { filter: { ...filter, text: text?.toLowerCase() }, sort, order, limit, cursor };
}

async function* toResponses(pieces: AsyncIterable<readonly InstanceNow[]>) {
  for await (const piece of pieces) yield piece.map(toResponse);
}

function unknownInstance({ name, version, instance }: Identity): ProblemError {
  const parts = [name, version, instance].map((part) => JSON.stringify(part.slice(0, 60)));
  return new ProblemError({
    code: 'not-found',
    detail: `No instance ${parts.join(', ')} is known.`,
  });
}

function toResponse(found: InstanceNow): InstanceResponse {
  const { record, thresholds, ageSeconds, presentSinceMs, statusMessage } = found;
  const { name, version, instance, state, intervalSeconds } = record;
  return {
    name,
    version,
    instance,
    state,
    stateSince: isoTime(record.stateSinceMs),
    lastBeat: isoTime(record.receivedAtMs),
    ageSeconds: Math.round(ageSeconds * 1_000) / 1_000,
    interval: intervalSeconds === 0 ? undefined : intervalSeconds,
    ...thresholds,
    firstSeen: isoTime(record.firstSeenMs),
    presentSince: isoTime(presentSinceMs),
    status: (record.flags & notOkFlag) === 0 ? undefined : 'not_ok',
    statusMessage,
    skewSeconds: record.clockOffsetMs === 0 ? undefined : skewSecondsOf(record.clockOffsetMs),
  };
}
