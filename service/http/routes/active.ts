import { z } from 'zod';
import { type ActiveRowAnswer, activeRowSchema } from '../../contract/api/active.ts';
import type { ActiveAnswer, ActiveRow, ActiveSource } from '../../query/active/answer.ts';
import {
  type AskedActive,
  type Asking,
  activeParameters,
  readActiveQuery,
} from '../../query/active/asked.ts';
import { tooManyRows } from '../../query/active/most-rows.ts';
import { formatMoment } from '../../query/moment.ts';
import { groupKeys } from '../../query/period/groups.ts';
import { type Route, sendInvalid } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { inPieces, sendRows, whileWanted } from '../rows/send.ts';

export type ActiveRoutesOptions = {
  readonly source: ActiveSource;
  readonly asking: () => Asking;
};

/** Who was active when. */
export function activeRoutes({ source, asking }: ActiveRoutesOptions): Route[] {
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
      query: [...activeParameters, formatParameter],
      answers: {
        200: rowsContent('Ascending in time, then by group.', z.array(activeRowSchema)),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters) =>
          readActiveQuery(parameters, asking()),
        );
        if (!reading) return;
        const { asked, format } = reading;
        const answer = await whileWanted(context, (signal) => source(asked, signal));
        if (answer?.kind === 'too-many') {
          const got = `${asked.steps.length} steps, ${answer.groups} groups`;
          sendInvalid(context, [
            { path: 'step', expected: tooManyRows(asked, answer.groups), got },
          ]);
        } else if (answer) await sendRows(context, format, rowsOf(asked, answer));
      },
    },
  ];
}

function rowsOf(asked: AskedActive, { rows }: ActiveAnswer & { kind: 'rows' }) {
  const columns = [
    ...(asked.step ? (['time'] as const) : []),
    ...groupKeys.filter((key) => asked.by.includes(key)),
    ...(['active', 'max', 'started', 'ended'] as const),
  ];
  const inPublic = publisher(asked);
  return {
    columns,
    cells: (row: ActiveRowAnswer) => columns.map((column) => row[column]),
    pieces: inPieces(
      (function* () {
        for (const row of rows) yield inPublic(row);
      })(),
    ),
  };
}

/** The rows of a step follow each other: its time is written once. */
function publisher({ timeZone }: AskedActive): (row: ActiveRow) => ActiveRowAnswer {
  let writtenMs: number | undefined;
  let time = '';
  return ({ timeMs, ...row }) => {
    if (timeMs === undefined) return row;
    if (timeMs !== writtenMs) time = formatMoment(timeMs, timeZone);
    writtenMs = timeMs;
    return { time, ...row };
  };
}
