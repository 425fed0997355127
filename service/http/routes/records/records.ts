import { textContent } from '../../../contract/api/operation.ts';
import { type RecordResponse, recordPageSchema } from '../../../contract/api/record.ts';
import {
  type LogRecord,
  levelName,
  type NumberedRecord,
  recordLevelNames,
  recordLevels,
} from '../../../contract/records/log-record.ts';

import { isoTime } from '../../../contract/values/iso-time.ts';
import {
  maxPageRecords,
  type RecordFilter,
  type RecordPage,
  type RecordQuery,
  recordMatcher,
  type SearchedRecords,
  searchExpression,
} from '../../../query/records.ts';
import type { RowLayout } from '../../../query/rows.ts';

import {
  cursorParameter,
  enumParameter,
  identityParameters,
  limitParameter,
  type QueryParameter,
  type QueryString,
  readParameters,
  readQueryString,
  textParameter,
} from '../../parameters/parameters.ts';
import { timeParameter } from '../../parameters/times.ts';
import type { Route } from '../../route.ts';
import { allPages, type RowPage, sendPage } from '../../rows/pages.ts';
import { formatParameters, readRowsQuery, rowsContent, sendRows } from '../../rows/response.ts';
import type { FrameFormat, LogFeed } from '../../streams/follow-log.ts';
import { createStreams, type StreamsOptions } from '../../streams/streams.ts';

export type RecordRoutesOptions = Pick<
  StreamsOptions<LogRecord>,
  'maxStreams' | 'stopping' | 'clock' | 'log'
> & {
  readonly feed: LogFeed<LogRecord> & Pick<SearchedRecords, 'seqAt'>;
  records(query: RecordQuery): Promise<RecordPage>;
};

const searchParameter: QueryParameter<string | undefined> = {
  ...textParameter(
    'text',
    'Only records with all of these words, in any order. Words in quotes stand side by side; a ' +
      'star at the end of a word stands for any ending.',
  ),
  read: (query) =>
    query.parse('text', 'a text with a word', (text) =>
      searchExpression(text) === undefined ? undefined : text,
    ),
};

const filterParameters = {
  fromMs: timeParameter('from', 'Only records received from this time on.'),
  toMs: timeParameter('to', 'Only records received before this time.'),
  level: enumParameter(
    'level',
    recordLevelNames,
    undefined,
    'Only records of this level or a more severe one.',
  ),
  ...identityParameters,
  logger: textParameter('logger', 'Only records of this logger. A glob, as the name.'),
};

const parseNumber = (text: string): number | undefined =>
  /^\d{1,15}$/.test(text) ? Number(text) : undefined;

const pageParameters = {
  order: enumParameter(
    'order',
    ['descending', 'ascending'],
    'descending',
    'Whether the newest or the oldest record comes first.',
  ),
  limit: limitParameter(maxPageRecords),
  cursor: cursorParameter(parseNumber),
};

const lastEventIdParameter = textParameter(
  'lastEventId',
  'Id of the last record that the client has received. The header `Last-Event-ID` overrides it.',
);

const layout: RowLayout<RecordResponse> = {
  member: 'records',
  columns: [
    ...['id', 'time', 'createdAt', 'level', 'name', 'version', 'instance', 'logger', 'message'],
    ...['exception', 'stack'],
  ],
};

export function recordResponse({ seq, ...record }: NumberedRecord): RecordResponse {
  const { receivedAtMs, createdAtMs, level, hops, ...rest } = record;
  return {
    id: seq,
    time: new Date(receivedAtMs).toISOString(),
    ...(createdAtMs === undefined ? {} : { createdAt: isoTime(createdAtMs) }),
    level: levelName(level),
    levelNumber: level,
    ...rest,
    ...(hops === undefined ? {} : { hops: [...hops] }),
  };
}

const frameFormat: FrameFormat<LogRecord> = {
  idOf: (_, seq) => String(seq),
  nameOf: () => 'record',
  dataOf: (record, seq) => recordResponse({ ...record, seq }),
  beforeAll: '0',
};

/** The log of records: in pages, and as a stream. */
export const recordRoutes = (options: RecordRoutesOptions): Route[] => [
  listRoute(options),
  streamRoute(options),
];

function listRoute({ records, clock }: RecordRoutesOptions): Route {
  return {
    method: 'get',
    path: '/api/v1/records',
    turn: 'list',
    scope: 'read',
    tag: 'records',
    summary: 'Search log records',
    query: [
      ...Object.values({ ...filterParameters, text: searchParameter, ...pageParameters }),
      ...formatParameters,
    ],
    responses: {
      200: rowsContent(
        'A page of records; it may contain few or none, and still have a `next`.',
        recordPageSchema,
      ),
    },
    problems: ['invalid-parameter', 'store-unavailable'],
    async handle(context) {
      const { query, format } = readRowsQuery(context, readRecordQuery, clock.now());
      const page = async (cursor: string | undefined): Promise<RowPage<RecordResponse>> => {
        const from = cursor === undefined ? query.cursor : Number(cursor);
        const found = await records({ ...query, cursor: from });
        const next = found.next === undefined ? undefined : String(found.next);
        return { rows: found.records.map(recordResponse), next };
      };
      if (query.limit === undefined) {
        await sendRows(context, format, { ...layout, pieces: allPages(page) });
      } else await sendPage(context, format, layout, await page(undefined));
    },
  };
}

function streamRoute({ feed, ...options }: RecordRoutesOptions): Route {
  const openStream = createStreams({
    ...options,
    feed,
    format: frameFormat,
    maxStreamsSetting: 'records.maxStreams',
  });
  return {
    method: 'get',
    path: '/api/v1/records/stream',
    scope: 'read',
    tag: 'records',
    summary: 'Log records as they arrive, as server-sent events',
    description:
      'Each event has the number of its record as id, the name `record`, and the record as its ' +
      'data. After an interruption a client continues behind the last id with `Last-Event-ID`.',
    query: [...Object.values(filterParameters), lastEventIdParameter],
    requestHeaders: [{ ...lastEventIdParameter, name: 'Last-Event-ID' }],
    responses: { 200: textContent('Records, until one side ends it.', 'text/event-stream') },
    problems: ['invalid-parameter', 'too-many-streams', 'stopping', 'store-unavailable'],
    handle(context, { isAllowed }) {
      // The header wins: after an interruption a browser sends it with the original address.
      const header = context.get('last-event-id');
      const values = header === '' ? context.query : { ...context.query, lastEventId: header };
      const { filter, lastSeq } = readQueryString(values, readStreamQuery, options.clock.now());
      const { fromMs } = filter;
      const afterSeq = lastSeq ?? (fromMs === undefined ? undefined : feed.seqAt(fromMs) - 1);
      openStream(context, { matches: recordMatcher(filter), afterSeq }, isAllowed);
    },
  };
}

const readRecordQuery = (query: QueryString): RecordQuery => ({
  filter: { ...readFilter(query), text: searchParameter.read(query) },
  ...readParameters(pageParameters, query),
});

const readStreamQuery = (query: QueryString) => ({
  filter: readFilter(query),
  lastSeq: query.parse(lastEventIdParameter.name, 'the id of a record', parseNumber),
});

function readFilter(query: QueryString): RecordFilter {
  const { level, ...filter } = readParameters(filterParameters, query);
  const { fromMs, toMs } = filter;
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    query.refuse('to', 'a time after "from"');
  }
  return { ...filter, minLevel: level === undefined ? undefined : recordLevels[level] };
}
