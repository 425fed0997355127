import type { ActiveRowAnswer } from '../../contract/api/active.ts';
import { formatMoment } from '../moment.ts';
import { groupKeys } from '../period/groups.ts';
import { createWriter, type Format, type Look } from '../rows/writer.ts';
import type { ActiveRow } from './answer.ts';
import type { AskedActive } from './asked.ts';

/** What says where a row belongs. */
export const placeColumns = ({ step, by }: Pick<AskedActive, 'step' | 'by'>) => [
  ...(step ? (['time'] as const) : []),
  ...groupKeys.filter((key) => by.includes(key)),
];

/** How the rows of an answer look outside. */
export function lookOf(asked: Pick<AskedActive, 'step' | 'by'>): Look<ActiveRowAnswer> {
  const columns = [...placeColumns(asked), ...(['active', 'max', 'started', 'ended'] as const)];
  return { columns, cells: (row) => columns.map((column) => row[column]) };
}

/** The rows of a step follow each other: its time is written once. */
export function publisher({ timeZone }: Pick<AskedActive, 'timeZone'>) {
  let writtenMs: number | undefined;
  let time = '';
  return <Row extends { readonly timeMs?: number }>(
    row: Row,
  ): Omit<Row, 'timeMs'> & { time?: string } => {
    const { timeMs, ...rest } = row;
    if (timeMs === undefined) return rest;
    if (timeMs !== writtenMs) time = formatMoment(timeMs, timeZone);
    writtenMs = timeMs;
    return { time, ...rest };
  };
}

const rowsInPiece = 500;

/** All rows as text, to be handed to another thread as it is. */
export function writeRows(
  asked: AskedActive,
  rows: Iterable<ActiveRow>,
  format: Format,
): Buffer<ArrayBuffer> {
  const writer = createWriter(format, lookOf(asked));
  const inPublic = publisher(asked);
  const texts = [writer.begin()];
  let some: ActiveRowAnswer[] = [];
  const flush = () => {
    texts.push(writer.piece(some));
    some = [];
  };
  for (const row of rows) if (some.push(inPublic(row)) === rowsInPiece) flush();
  flush();
  texts.push(writer.end());
  return Buffer.concat(texts.map((text) => Buffer.from(text)));
}
