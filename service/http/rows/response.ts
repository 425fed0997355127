import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Content } from '../../contract/api/operation.ts';
import { byteOrderMark } from '../../contract/values/csv.ts';
import {
  createRowWriter,
  type RowFormat,
  type RowLayout,
  type RowValues,
  rowFormats,
} from '../../query/rows.ts';
import { enumParameter, type QueryString, readQueryString } from '../parameters/parameters.ts';

export const mediaTypes: Readonly<Record<RowFormat, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
};

/** Content of a response with rows in all formats; `schema` is that of JSON. */
export const rowsContent = (description: string, schema: z.ZodType): Content => ({
  description,
  content: {
    [mediaTypes.json]: schema,
    [mediaTypes.ndjson]: z.string().describe('The rows alone, one JSON object in each line.'),
    [mediaTypes.csv]: z.string().describe('A line with the names of the columns, then the rows.'),
  },
});

const formatParameter = enumParameter(
  'format',
  rowFormats,
  undefined,
  'Format of the response; if absent, the header `Accept` decides.',
);

const bomParameter = enumParameter(
  'bom',
  ['true', 'false'],
  undefined,
  'Whether CSV begins with a byte order mark, for Excel.',
);

/** Belong to the documentation of every operation with `readRowsQuery`. */
export const formatParameters = [formatParameter, bomParameter] as const;

/**
 * Query of a request, and the format of its response: that of the parameter `format`, otherwise of
 * the header `Accept`, otherwise JSON. Throws a `ProblemError` that names all invalid parameters.
 */
export function readRowsQuery<T>(
  context: Context,
  read: (query: QueryString) => T,
  nowMs?: number,
): { readonly query: T; readonly format: RowFormat } {
  const readAll = (query: QueryString) => {
    const format = formatParameter.read(query) ?? acceptedFormat(context);
    bomParameter.read(query);
    query.isPaged = format === 'json';
    return { query: read(query), format };
  };
  return readQueryString(context.query, readAll, nowMs);
}

/** JSON for a client that accepts none of the formats, too: a browser shows it. */
function acceptedFormat(context: Context): RowFormat {
  const type = context.accepts(Object.values(mediaTypes));
  return rowFormats.find((format) => mediaTypes[format] === type) ?? 'json';
}

/** A response that ended early because the service failed. */
export class BrokenResponse extends Error {}

/** A list that is read piece by piece. */
type RowStream<Row extends RowValues> = RowLayout<Row> & {
  readonly pieces: AsyncIterable<readonly Row[]>;
  /** Returns the other members of the JSON object, after the last piece. */
  readonly rest?: () => object;
};

/**
 * Responds with rows. The next piece is read when the one before is sent, so memory holds a few
 * pieces, however many rows there are and however slow the client is. If the client leaves, the
 * iterator of `pieces` is closed (`return`).
 *
 * A failure before the second piece leads to a problem; a later one ends the response early, which
 * the client notices. A response of one piece is sent as a whole.
 */
export async function sendRows<Row extends RowValues>(
  context: Context,
  format: RowFormat,
  rows: RowStream<Row>,
): Promise<void> {
  const iterator = rows.pieces[Symbol.asyncIterator]();
  const [first, second] = [await iterator.next(), await iterator.next()];
  const pieces = allPieces([first, second], iterator);
  prepareResponse(context, format, rows.member);
  const text = writeRows(format, { ...rows, pieces }, markOf(context, format));
  if (second.done) context.body = (await Array.fromAsync(text)).join('');
  else if (context.method === 'HEAD') await pieces.return(undefined);
  else context.body = Readable.from(text, { objectMode: false });
}

const markOf = ({ query }: Context, format: RowFormat): string =>
  format === 'csv' && query['bom'] === 'true' ? byteOrderMark : '';

/** Responds with rows that are text already. */
export function sendRowText(
  context: Context,
  format: RowFormat,
  { name, text }: { readonly name: string; readonly text: Uint8Array<ArrayBuffer> },
): void {
  prepareResponse(context, format, name);
  const body = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const mark = markOf(context, format);
  context.body = mark === '' ? body : Buffer.concat([Buffer.from(mark), body]);
}

function prepareResponse(context: Context, format: RowFormat, name = 'rows'): void {
  context.type = mediaTypes[format];
  context.vary('accept');
  context.set('cache-control', 'no-store');
  if (format === 'csv') context.attachment(`${name}.csv`, { type: 'inline' });
  context.status = 200;
}

async function* writeRows<Row extends RowValues>(
  format: RowFormat,
  { pieces, rest, ...layout }: RowStream<Row>,
  mark: string,
): AsyncGenerator<string> {
  const writer = createRowWriter(format, layout);
  let before = mark + writer.begin();
  for await (const piece of pieces) {
    const text = before + writer.rows(piece);
    before = '';
    if (text !== '') yield text;
  }
  const last = before + writer.end(rest?.());
  if (last !== '') yield last;
}

/** The pieces that are already read, and all others. */
async function* allPieces<T>(read: readonly IteratorResult<T>[], iterator: AsyncIterator<T>) {
  try {
    for (const piece of read) if (!piece.done) yield piece.value;
    if (read.at(-1)?.done) return;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      yield next.value;
    }
  } catch (cause) {
    throw new BrokenResponse('a response ended early', { cause });
  } finally {
    await iterator.return?.();
  }
}

/**
 * Result of `work`, or undefined if the client leaves first. Then the signal aborts, and an error of
 * `work` is ignored.
 */
export async function whileConnected<T>(
  { res }: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  res.once('close', leave);
  try {
    return await work(leaving.signal);
  } catch (error) {
    if (leaving.signal.aborted) return undefined;
    throw error;
  } finally {
    res.off('close', leave);
  }
}

/** Pieces of a list in memory, each in a turn of its own so that other work can run in between. */
export async function* inPieces<Row>(rows: Iterable<Row>, maxRows = 500): AsyncGenerator<Row[]> {
  let piece: Row[] = [];
  for (const row of rows) {
    if (piece.push(row) < maxRows) continue;
    yield piece;
    piece = [];
    await nextTurn();
  }
  if (piece.length > 0) yield piece;
}
