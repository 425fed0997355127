import { setImmediate as nextTurn } from 'node:timers/promises';
import { deadLetterPageSchema, redeliverySchema } from '../../contract/api/dead-letter.ts';
import { json } from '../../contract/api/operation.ts';
import type {
  DeadLetterQueue,
  DeadLetterView,
  LetterNumbers,
} from '../../delivery/dead-letter-queue.ts';
import { pageSize, text, whole } from '../../query/described.ts';
import { createParameters, outcome, type Parameters } from '../../query/parameters.ts';
import type { Look } from '../../query/rows/writer.ts';
import { type Route, sendInvalid } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { allPages, type Page, sendPage } from '../rows/pages.ts';
import { sendRows } from '../rows/send.ts';

const asking = {
  destination: text(
    'destination',
    'Who refused them: `monasca`, which it is when left out, or `notifier.` and a name.',
  ),
  after: whole(
    'after',
    { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 },
    'The `next` of the page before.',
  ),
};
const onPage = pageSize(1_000);
const someAtOnce = whole('limit', { min: 1, max: 1_000, otherwise: 100 }, 'Most letters at once.');

const columns = ['id', 'at', 'reason', 'heartbeat', 'event'] as const;
const look: Look<DeadLetterAnswer> = {
  member: 'deadLetters',
  columns,
  cells: (letter) =>
    columns.map((column) => {
      const value = letter[column];
      return typeof value === 'object' ? JSON.stringify(value) : value;
    }),
};

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
      answers: { 200: rowsContent('Those with the lowest ids first.', deadLetterPageSchema) },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters, format) => {
          const asked = readAsked(parameters, deadLetterQueues);
          return outcome(parameters, {
            ...asked,
            limit: onPage.read(parameters, format === 'json'),
          });
        });
        const { format, asked } = reading ?? {};
        if (!asked?.deadLetters || !format) return;
        const { destination, deadLetters, limit } = asked;
        const page = (after: number, most: number): Page<DeadLetterAnswer> => {
          const letters = deadLetters.page(after, most);
          return { rows: letters.map(inPublic), next: nextOf(letters, most)?.toString() };
        };
        if (limit === undefined) {
          const pieces = allPages(async (after) => {
            await nextTurn();
            return page(after === undefined ? asked.after : Number(after), 500);
          });
          await sendRows(context, format, { ...look, pieces });
          return;
        }
        const rest = { destination, total: deadLetters.count(), cursor: 'after' };
        await sendPage(context, format, look, { ...page(asked.after, limit), ...rest });
      },
    },
    {
      method: 'post',
      path: '/api/v1/dead-letters/retry',
      scope: 'admin',
      tag: 'delivery',
      summary: 'Send dead letters to their destination once more',
      query: [...Object.values(asking), someAtOnce],
      answers: { 200: json('What became of them.', redeliverySchema) },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const parameters = createParameters(context.query);
        const { deadLetters, after } = readAsked(parameters, deadLetterQueues);
        const limit = someAtOnce.read(parameters);
        const errors = parameters.errors();
        if (!deadLetters || errors.length > 0) {
          sendInvalid(context, errors);
          return;
        }
        const { delivered, rejected, stopped, page } = await deadLetters.retry(after, limit);
        context.body = {
          delivered,
          rejected,
          left: deadLetters.count(),
          // Those that are refused again stay where they are: what lies behind them is asked for so.
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
  parameters: Parameters,
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
