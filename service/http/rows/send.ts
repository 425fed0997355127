import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Format } from '../../query/rows/writer.ts';
import { mediaTypes } from './format.ts';
import { type Rows, write } from './write.ts';

/** An answer that had to be broken off in its middle, by our own fault. */
export class BrokenAnswer extends Error {}

/**
 * Answers with rows. The next piece is made when the one before is on its way: however many there
 * are, and however slow the reader is, no more than a few are in memory. A reader that goes away
 * ends the making (`return` of `pieces`).
 *
 * What fails before the second piece is there is a problem as any other; what fails later can only
 * break the answer off, which the reader notices. An answer of one piece is sent as a whole.
 */
export async function sendRows<Row extends object>(
  context: Context,
  format: Format,
  rows: Rows<Row>,
): Promise<void> {
  const iterator = rows.pieces[Symbol.asyncIterator]();
  const [first, second] = [await iterator.next(), await iterator.next()];
  const pieces = goingOn([first, second], iterator);
  describe(context, format, rows.member);
  const text = write(format, { ...rows, pieces });
  if (second.done) context.body = (await Array.fromAsync(text)).join('');
  else if (context.method === 'HEAD') await pieces.return(undefined);
  else context.body = Readable.from(text, { objectMode: false });
}

/** Answers with a list that was written elsewhere. */
export function sendWritten(
  context: Context,
  format: Format,
  { name, text }: { readonly name: string; readonly text: Uint8Array<ArrayBuffer> },
): void {
  describe(context, format, name);
  context.body = Buffer.from(text.buffer);
}

function describe(context: Context, format: Format, name = 'rows'): void {
  context.type = mediaTypes[format];
  context.vary('accept');
  context.set('cache-control', 'no-store');
  if (format === 'csv') context.attachment(`${name}.csv`, { type: 'inline' });
  context.status = 200;
}

/** All pieces, some of which are there already. */
async function* goingOn<T>(there: readonly IteratorResult<T>[], iterator: AsyncIterator<T>) {
  try {
    for (const piece of there) if (!piece.done) yield piece.value;
    if (there.at(-1)?.done) return;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      yield next.value;
    }
  } catch (cause) {
    throw new BrokenAnswer('an answer was broken off', { cause });
  } finally {
    await iterator.return?.();
  }
}

/**
 * What `work` gives, or undefined when nobody waits for it any more; then it was told to end by the
 * signal, and what it threw is nobody's business.
 */
export async function whileWanted<T>(
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

/** A list that is in memory, in pieces of so many: one a turn, for others want theirs too. */
export async function* inPieces<Row>(rows: Iterable<Row>, most = 500): AsyncGenerator<Row[]> {
  let piece: Row[] = [];
  for (const row of rows) {
    if (piece.push(row) < most) continue;
    yield piece;
    piece = [];
    await nextTurn();
  }
  if (piece.length > 0) yield piece;
}
