import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { keptHeartbeatSchema } from '../../contract/api/heartbeat.ts';
import { json } from '../../contract/api/operation.ts';
import { cloudEventSchema } from '../../contract/cloud-event.ts';
import { retryReasons } from '../../contract/outcome.ts';
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
import type { Route } from '../route.ts';
import { allPages, type RowPage, sendPage } from '../rows/pages.ts';
import { formatParameter, readRowsQuery, rowsContent, sendRows } from '../rows/response.ts';

const asking = {
  destination: textParameter(
    'destination',
    'Destination of the dead letters: `monasca`, the default, or `notifier.` and a name.',
  ),
  after: integerParameter(
    'after',
    { min: 0, max: Number.MAX_SAFE_INTEGER },
    0,
    'The `next` of the page before.',
  ),
};
const onPage = limitParameter(1_000);
const someAtOnce = integerParameter(
  'limit',
  { min: 1, max: 1_000 },
  100,
  'Maximum of dead letters.',
);

const layout: RowLayout<DeadLetterAnswer> = {
  member: 'deadLetters',
  columns: ['id', 'at', 'reason', 'heartbeat', 'event'],
  formatRow: ({ heartbeat, event, ...letter }) => ({
    ...letter,
    heartbeat: heartbeat && JSON.stringify(heartbeat),
    event: event && JSON.stringify(event),
  }),
};

const next = z.int().optional().describe('The `after` of the page behind this one.');

const deadLettersSchema = z.object({
  destination: z.string(),
  total: z.int().min(0),
  deadLetters: z.array(
    z
      .object({
        id: z.int().min(1).describe('Its number in the outbox.'),
        at: z.iso.datetime().describe('When it was refused.'),
        reason: z.string(),
        heartbeat: keptHeartbeatSchema.optional().describe('What Monasca refused.'),
        event: cloudEventSchema.optional().describe('What a notifier refused.'),
      })
      .meta({ id: 'DeadLetter' }),
  ),
  next,
});

const retrySchema = z.object({
  delivered: z.int().min(0),
  rejected: z.int().min(0).describe('Refused again; they stay.'),
  left: z.int().min(0).describe('So many there are now.'),
  stopped: z
    .object({ reason: z.enum(retryReasons), detail: z.string() })
    .optional()
    .describe('Why the destination could not take all of them now.'),
  next,
});

/** What a destination refused: to look at, and to send again once its cause is mended. */
export function deadLetterRoutes(
  deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>,
): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/dead-letters',
      scope: 'read',
      tag: 'delivery',
      summary: 'Heartbeats or events that a destination refused for good',
      query: [...Object.values(asking), onPage, formatParameter],
      answers: { 200: rowsContent('Those with the lowest ids first.', deadLettersSchema) },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const { query, format } = readRowsQuery(context, (parameters) => ({
          ...readAsked(parameters, deadLetterQueues),
          limit: onPage.read(parameters),
        }));
        const { destination, deadLetters, limit } = query;
        if (!deadLetters) return;
        const page = (after: number, most: number): RowPage<DeadLetterAnswer> => {
          const letters = deadLetters.page(after, most);
          return { rows: letters.map(inPublic), next: nextOf(letters, most)?.toString() };
        };
        if (limit === undefined) {
          const pieces = allPages(async (after) => {
            await nextTurn();
            return page(after === undefined ? query.after : Number(after), 500);
          });
          await sendRows(context, format, { ...layout, pieces });
          return;
        }
        const rest = { destination, total: deadLetters.count(), cursor: 'after' };
        await sendPage(context, format, layout, { ...page(query.after, limit), ...rest });
      },
    },
    {
      method: 'post',
      path: '/api/v1/dead-letters/retry',
      scope: 'admin',
      tag: 'delivery',
      summary: 'Send dead letters to their destination once more',
      query: [...Object.values(asking), someAtOnce],
      answers: { 200: json('What became of them.', retrySchema) },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const { deadLetters, after, limit } = readQueryString(context.query, (parameters) => ({
          ...readAsked(parameters, deadLetterQueues),
          limit: someAtOnce.read(parameters),
        }));
        if (!deadLetters) return;
        const { delivered, rejected, stopped, page } = await deadLetters.retry(after, limit);
        context.body = {
          delivered,
          rejected,
          left: deadLetters.count(),
          // Letters that are rejected again stay: `next` continues behind them.
          ...(stopped
            ? { stopped: { reason: stopped.reason, detail: stopped.detail } }
            : { next: nextOf(page, limit) }),
        };
      },
    },
  ];
}

type DeadLetterAnswer = {
  readonly id: number;
  readonly at: string;
  readonly reason: string;
  readonly heartbeat?: object;
  readonly event?: object;
};

const inPublic = ({ seq, atMs, reason, content }: DeadLetterView): DeadLetterAnswer => ({
  id: seq,
  at: new Date(atMs).toISOString(),
  reason,
  ...content,
});

/** What to pass as `after` for the page behind this one; undefined where there is none. */
const nextOf = (letters: LetterNumbers, limit: number) =>
  letters.length === limit ? letters.at(-1)?.seq : undefined;

function readAsked(
  parameters: QueryString,
  deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>,
) {
  const destination = asking.destination.read(parameters) ?? 'monasca';
  const after = asking.after.read(parameters);
  // Not just any property: an object has a `constructor` too.
  const deadLetters = Object.hasOwn(deadLetterQueues, destination)
    ? deadLetterQueues[destination]
    : undefined;
  if (!deadLetters) {
    const known =
      Object.keys(deadLetterQueues).join(', ') ||
      'none: neither Keystone nor a notifier is configured';
    parameters.refuse('destination', `one of the destinations in use (${known})`);
  }
  return { destination, deadLetters, after };
}
