import type { Context } from 'koa';
import type { RowFormat, RowLayout, RowValues } from '../../query/rows.ts';
import { sendRows } from './response.ts';

export type RowPage<Row> = {
  readonly rows: readonly Row[];
  /** Cursor of the next page. */
  readonly next?: string | undefined;
};

/**
 * Responds with one page. JSON has `next` and `rest` beside the rows. In every format the header
 * `Link` (RFC 8288) contains the address of the next page.
 */
export function sendPage<Row extends RowValues>(
  context: Context,
  format: RowFormat,
  layout: RowLayout<Row>,
  { rows, next, cursor = 'cursor', ...rest }: RowPage<Row> & { readonly cursor?: string },
): Promise<void> {
  if (next !== undefined)
    context.set('link', `<${nextAddress(context, cursor, next)}>; rel="next"`);
  const pieces = (async function* () {
    yield rows;
  })();
  const last = next !== undefined && cursor === 'after' ? Number(next) : next;
  return sendRows(context, format, { ...layout, pieces, rest: () => ({ ...rest, next: last }) });
}

/** Rows of all pages, for a response without pages. */
export async function* allPages<Row>(
  page: (cursor: string | undefined) => Promise<RowPage<Row>>,
): AsyncGenerator<readonly Row[]> {
  let next: string | undefined;
  do {
    const found = await page(next);
    if (found.rows.length > 0) yield found.rows;
    ({ next } = found);
  } while (next !== undefined);
}

/** Relative to the request, whose path may have a prefix before a proxy. */
function nextAddress({ querystring }: Context, cursor: string, next: string): string {
  const query = new URLSearchParams(querystring);
  query.set(cursor, next);
  return `?${query}`;
}
