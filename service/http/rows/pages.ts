import type { Context } from 'koa';
import type { Format, Look } from '../../query/rows/writer.ts';
import { sendRows } from './send.ts';

/** One page of a list, and how the next one is asked for. */
export type Page<Row> = { readonly rows: readonly Row[]; readonly next?: string | undefined };

/**
 * Answers with one page. JSON has `next` and `rest` beside the rows; in NDJSON and CSV they stand
 * alone, and where the next page is says the header `Link` (RFC 8288), as it does for all.
 */
export function sendPage<Row extends object>(
  context: Context,
  format: Format,
  look: Look<Row>,
  { rows, next, cursor = 'cursor', ...rest }: Page<Row> & { readonly cursor?: string },
): Promise<void> {
  if (next !== undefined) context.set('link', `<${addressOf(context, cursor, next)}>; rel="next"`);
  const pieces = (async function* () {
    yield rows;
  })();
  const last = next !== undefined && cursor === 'after' ? Number(next) : next;
  return sendRows(context, format, { ...look, pieces, rest: () => ({ ...rest, next: last }) });
}

/** Every row of all pages, for who wants them without. */
export async function* allPages<Row>(
  page: (next: string | undefined) => Promise<Page<Row>>,
): AsyncGenerator<readonly Row[]> {
  let next: string | undefined;
  do {
    const found = await page(next);
    if (found.rows.length > 0) yield found.rows;
    ({ next } = found);
  } while (next !== undefined);
}

function addressOf({ path, querystring }: Context, cursor: string, next: string): string {
  const query = new URLSearchParams(querystring);
  query.set(cursor, next);
  return `${path}?${query}`;
}
