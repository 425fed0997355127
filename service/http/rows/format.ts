import type { Context } from 'koa';
import { z } from 'zod';
import type { Content } from '../../contract/api/operation.ts';
import { type RowFormat, rowFormats } from '../../query/rows.ts';
import { enumParameter } from '../parameters/parameter.ts';
import { type QueryString, readQueryString } from '../parameters/query-string.ts';

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

/** Belongs to the documentation of every operation with `readRowsQuery`. */
export const formatParameter = enumParameter(
  'format',
  rowFormats,
  undefined,
  'Format of the response; if absent, the header `Accept` decides.',
);

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
