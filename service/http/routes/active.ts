import type { Context } from 'koa';
import { z } from 'zod';
import { activeDifferenceSchema, activeRowSchema } from '../../contract/api/active.ts';
import type { Problem } from '../../contract/problem.ts';
import type { ActiveAnswer, ActiveSource, WrittenSource } from '../../query/active/answer.ts';
import {
  type AskedActive,
  type Asking,
  activeParameters,
  readActiveQuery,
} from '../../query/active/asked.ts';
import {
  type AskedSource,
  readSource,
  sourceParameters,
} from '../../query/active/monasca/asked-source.ts';
import { differences } from '../../query/active/monasca/compare.ts';
import type { MeasuredAnswer, MeasuredSource } from '../../query/active/monasca/measured-source.ts';
import { tooManyRows } from '../../query/active/most-rows.ts';
import { lookOf, placeColumns, publisher } from '../../query/active/written.ts';
import type { Format } from '../../query/rows/writer.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { inPieces, sendRows, sendWritten, whileWanted } from '../rows/send.ts';

export type ActiveRoutesOptions = {
  /** The ledger, in rows, and in the text of an answer. */
  readonly source: ActiveSource;
  readonly written: WrittenSource;
  /** What Monasca says: as lately asked, and asked anew. Undefined where none is configured. */
  readonly monasca?:
    | { readonly cached: MeasuredSource; readonly fresh: MeasuredSource }
    | undefined;
  readonly asking: () => Asking;
};

type Rows = Extract<ActiveAnswer, { kind: 'rows' }>;

/** Who was active when. */
export function activeRoutes(options: ActiveRoutesOptions): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/active',
      scope: 'read',
      tag: 'periods',
      summary: 'How many instances were active, by step and component',
      description:
        'Exact for all heartbeats that were accepted, however late or often they came. An instance ' +
        'is active in a step that holds a moment between its first and its last heartbeat.',
      query: [...activeParameters, ...sourceParameters, formatParameter],
      answers: {
        200: rowsContent(
          'Ascending in time, then by group.',
          z.union([z.array(activeRowSchema), z.array(activeDifferenceSchema)]),
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable', 'monasca-unavailable'],
      async handle(context) {
        let who: AskedSource = { source: 'ledger', isCompared: false };
        const reading = readRowsQuery(context, (parameters) => {
          who = readSource(parameters);
          const asking = options.asking();
          // Monasca may have kept for longer than we have.
          const isOurs = who.source === 'ledger' || who.isCompared;
          return readActiveQuery(parameters, isOurs ? asking : { ...asking, keptFromMs: 0 });
        });
        if (!reading) return;
        const { asked, format } = reading;
        if (who.source === 'ledger' && !who.isCompared) {
          await sendOurs(context, asked, format, options.written);
          return;
        }
        const answered = await whileWanted(context, (signal) => ask(asked, who, options, signal));
        if (!answered) return;
        const { ledger, monasca } = answered;
        const ours = ledger && rowsOrProblem(context, asked, ledger);
        const theirs = monasca && measuredOrProblem(context, asked, monasca);
        if (ledger && !ours) return;
        if (monasca && !theirs) return;
        if (ours && theirs) {
          await sendRows(
            context,
            format,
            differencesOf(asked, differences(ours.rows, theirs.rows)),
          );
        } else {
          const { rows } = ours ?? theirs ?? { rows: [] };
          await sendRows(context, format, rowsOf(asked, rows));
        }
      },
    },
  ];
}

/** Most questions are about the ledger alone, and are answered with text from another thread. */
async function sendOurs(
  context: Context,
  asked: AskedActive,
  format: Format,
  written: WrittenSource,
): Promise<void> {
  const answer = await whileWanted(context, (signal) => written(asked, format, signal));
  if (answer?.kind === 'too-many') sendTooMany(context, asked, answer.groups);
  else if (answer) sendWritten(context, format, { name: 'active', text: answer.text });
}

type Answered = { readonly ledger?: ActiveAnswer; readonly monasca?: MeasuredAnswer };

const noMonasca: MeasuredAnswer = {
  kind: 'unavailable',
  detail: 'none is configured: heartbeats are not sent to Monasca',
};

async function ask(
  asked: AskedActive,
  { isCompared }: AskedSource,
  { source: ledger, monasca }: ActiveRoutesOptions,
  signal: AbortSignal,
): Promise<Answered> {
  if (isCompared) {
    // Monasca first: what is delivered meanwhile was in the ledger before.
    const theirs = monasca ? await monasca.fresh(asked, signal) : noMonasca;
    return theirs.kind === 'answer'
      ? { monasca: theirs, ledger: await ledger(asked, signal) }
      : { monasca: theirs };
  }
  return { monasca: monasca ? await monasca.cached(asked, signal) : noMonasca };
}

/** Undefined when a problem was sent instead. */
function rowsOrProblem(
  context: Context,
  asked: AskedActive,
  answer: ActiveAnswer,
): Rows | undefined {
  if (answer.kind === 'rows') return answer;
  sendTooMany(context, asked, answer.groups);
  return undefined;
}

function sendTooMany(context: Context, asked: AskedActive, groups: number): void {
  const got = `${asked.steps.length} steps, ${groups} groups`;
  sendInvalid(context, [{ path: 'step', expected: tooManyRows(asked, groups), got }]);
}

function measuredOrProblem(
  context: Context,
  asked: AskedActive,
  measured: MeasuredAnswer,
): Rows | undefined {
  switch (measured.kind) {
    case 'answer':
      if (measured.widthMs > 0) {
        context.set('heartbeat-resolution', String(measured.widthMs / 1_000));
      }
      return rowsOrProblem(context, asked, measured.answer);
    case 'unavailable':
      sendProblem(context, unavailable(measured.detail));
      return undefined;
    case 'too-much': {
      const expected = 'a shorter period, fewer instances, or steps of whole hours or days';
      sendInvalid(context, [{ path: 'from', expected, got: measured.detail }]);
      return undefined;
    }
  }
}

const unavailable = (detail: string): Problem => ({
  code: 'monasca-unavailable',
  detail: `Monasca cannot be asked now: ${detail}. Without source=monasca the ledger answers.`,
  retryAfterSeconds: 10,
});

function rowsOf(asked: AskedActive, rows: Rows['rows']) {
  return { ...lookOf(asked), pieces: inPieces(Iterator.from(rows).map(publisher(asked))) };
}

function differencesOf(asked: AskedActive, rows: ReturnType<typeof differences>) {
  const columns = [...placeColumns(asked), ...(['ledger', 'monasca', 'difference'] as const)];
  return {
    columns,
    cells: (row: z.infer<typeof activeDifferenceSchema>) => columns.map((column) => row[column]),
    pieces: inPieces(rows.map(publisher(asked))),
  };
}
