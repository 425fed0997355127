import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { type Format, mediaTypes } from './format.ts';
import { type Rows, write } from './write.ts';

/** An answer that had to be broken off in its middle, by our own fault. */
export class BrokenAnswer extends Error {}

/**
 * Answers with rows. The next piece is made when the one before is on its way: however many there
 * are, and however slow the reader is, no more than a few are in memory. A reader that goes away
 * ends the making (`return` of `pieces`).
 *
 * What fails before the first piece is a problem as any other; what fails later can only break the
 * answer off, which the reader notices.
 */
export async function sendRows<Row extends object>(
  context: Context,
  format: Format,
  rows: Rows<Row>,
): Promise<void> {
  const pieces = await begun(rows.pieces);
  context.type = mediaTypes[format];
  context.vary('accept');
  context.set('cache-control', 'no-store');
  if (format === 'csv') context.attachment(`${rows.member ?? 'rows'}.csv`, { type: 'inline' });
  context.status = 200;
  if (context.method === 'HEAD') {
    await pieces.return(undefined);
    return;
  }
  context.body = Readable.from(write(format, { ...rows, pieces }), { objectMode: false });
}

/** The same pieces, the first of which is there already. */
async function begun<T>(pieces: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value;
    } catch (cause) {
      throw new BrokenAnswer('an answer was broken off', { cause });
    } finally {
      await iterator.return?.();
    }
  })();
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

/** A list that is in memory, in pieces of so many. */
export async function* inPieces<Row>(rows: Iterable<Row>, most = 500): AsyncGenerator<Row[]> {
  let piece: Row[] = [];
  for (const row of rows) {
    if (piece.push(row) < most) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
