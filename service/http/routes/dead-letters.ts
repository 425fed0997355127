import { setImmediate as nextTurn } from 'node:timers/promises';
import { deadLetterPageSchema, redeliverySchema } from '../../contract/api/delivery/dead-letter.ts';
import { json } from '../../contract/api/operation.ts';
import { ownProperty } from '../../contract/values/own-property.ts';
import type {
  DeadLetterQueue,
  DeadLetterView,
  LetterNumbers,
} from '../../delivery/dead-letter-queue.ts';
import type { RowLayout } from '../../query/rows.ts';
import {
  integerParameter,
  limitParameter,
  type QueryString,
  readQueryString,
  textParameter,
} from '../parameters/parameters.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';
import { allPages, type RowPage, sendPage } from '../rows/pages.ts';
import { formatParameters, readRowsQuery, rowsContent, sendRows } from '../rows/response.ts';

type Queues = Readonly<Record<string, DeadLetterQueue>>;

const destinationParameter = textParameter(
  'destination',
  'Destination of the dead letters: `monasca`, the default, `redis`, `redis.changes`, `records`, or `notifier.` and a name.',
);
const afterParameter = integerParameter(
  'after',
  { min: 0, max: Number.MAX_SAFE_INTEGER },
  0,
  'The `next` of the page before.',
);
const pageLimit = limitParameter(1_000);
const retryLimit = integerParameter(
  'limit',
  { min: 1, max: 1_000 },
  100,
  'Maximum of dead letters.',
);

const layout: RowLayout<DeadLetterRow> = {
  member: 'deadLetters',
  columns: ['id', 'at', 'reason', 'heartbeat', 'event', 'record'],
  formatRow: ({ heartbeat, event, record, ...letter }) => ({
    ...letter,
    heartbeat: heartbeat && JSON.stringify(heartbeat),
    event: event && JSON.stringify(event),
    record: record && JSON.stringify(record),
  }),
};

/** Records that a destination rejected: to inspect, and to send again when the cause is fixed. */
export const deadLetterRoutes = (queues: Queues): Route[] => [
  listRoute(queues),
  retryRoute(queues),
];

function listRoute(queues: Queues): Route {
  return {
    method: 'get',
    path: '/api/v1/dead-letters',
    scope: 'read',
    tag: 'delivery',
    summary: 'List heartbeats or events that a destination rejected',
    query: [destinationParameter, afterParameter, pageLimit, ...formatParameters],
    responses: { 200: rowsContent('In the order of their ids.', deadLetterPageSchema) },
    problems: ['invalid-parameter', 'store-unavailable'],
    async handle(context) {
      const { query, format } = readRowsQuery(context, (parameters) =>
        readQuery(parameters, queues, pageLimit),
      );
      const { destination, queue, limit } = query;
      const page = (after: number, count: number): RowPage<DeadLetterRow> => {
        const letters = queue.page(after, count);
        return { rows: letters.map(toRow), next: nextOf(letters, count)?.toString() };
      };
      if (limit === undefined) {
        const pieces = allPages(async (after) => {
          await nextTurn();
          return page(after === undefined ? query.after : Number(after), 500);
        });
        await sendRows(context, format, { ...layout, pieces });
        return;
      }
      const rest = { destination, total: queue.count(), cursor: 'after' };
      await sendPage(context, format, layout, { ...page(query.after, limit), ...rest });
    },
  };
}

function retryRoute(queues: Queues): Route {
  return {
    method: 'post',
    path: '/api/v1/dead-letters/retry',
    scope: 'admin',
    tag: 'delivery',
    summary: 'Send dead letters to their destination once more',
    query: [destinationParameter, afterParameter, retryLimit],
    responses: { 200: json('Result of the attempt.', redeliverySchema) },
    problems: ['invalid-parameter', 'store-unavailable'],
    async handle(context) {
      const { queue, after, limit } = readQueryString(context.query, (parameters) =>
        readQuery(parameters, queues, retryLimit),
      );
      const { delivered, rejected, stopped, page } = await queue.retry(after, limit);
      context.body = {
        delivered,
        rejected,
        left: queue.count(),
        stopped: stopped && { reason: stopped.reason, detail: stopped.detail },
        // Letters that are rejected again stay where they are: `next` is the way past them.
        next: stopped ? undefined : nextOf(page, limit),
      };
    },
  };
}

type DeadLetterRow = {
  readonly id: number;
  readonly at: string;
  readonly reason: string;
  readonly heartbeat?: object;
  readonly event?: object;
  readonly record?: object;
};

const toRow = ({ seq, atMs, reason, content }: DeadLetterView): DeadLetterRow => ({
  id: seq,
  at: new Date(atMs).toISOString(),
  reason,
  ...content,
});

/** The `after` of the next page; undefined where there is none. */
const nextOf = (letters: LetterNumbers, limit: number) =>
  letters.length === limit ? letters.at(-1)?.seq : undefined;

/** Throws a `ProblemError` for an unknown destination, with all invalid parameters. */
function readQuery<Limit>(
  parameters: QueryString,
  queues: Queues,
  limitOf: { read(parameters: QueryString): Limit },
) {
  const destination = destinationParameter.read(parameters) ?? 'monasca';
  const queue = ownProperty(queues, destination);
  if (!queue) {
    const known =
      Object.keys(queues).join(', ') ||
      'none: neither Keystone, Redis nor a notifier is configured';
    parameters.refuse('destination', `one of the destinations in use (${known})`);
  }
  const after = afterParameter.read(parameters);
  const limit = limitOf.read(parameters);
  if (!queue) throw new ProblemError(invalidParameters(parameters.errors()));
  return { destination, queue, after, limit };
}
