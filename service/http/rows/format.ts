import type { Context } from 'koa';
import { z } from 'zod';
import type { Content } from '../../contract/api/operation.ts';
import type { Described } from '../../query/described.ts';
import { createParameters, type Parameters, type Reading } from '../../query/parameters.ts';
import { type Format, formats } from '../../query/rows/writer.ts';
import { sendInvalid } from '../route.ts';

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
};

/** How rows are documented: as JSON, and the same without anything around them. */
export const rowsContent = (description: string, schema: z.ZodType): Content => ({
  description,
  content: {
    [mediaTypes.json]: schema,
    [mediaTypes.ndjson]: z.string().describe('A JSON object a line: the rows alone.'),
    [mediaTypes.csv]: z.string().describe('A line of names, then the rows alone.'),
  },
});

/** To be documented with every route that sends rows. */
export const formatParameter: Described<Format | undefined> = {
  name: 'format',
  description: 'How the answer is written; what the header `Accept` asks for when left out.',
  schema: z.enum(formats),
  read: (parameters) =>
    parameters.parsed('format', `one of ${formats.join(', ')}`, (text) =>
      formats.find((format) => format === text),
    ),
};

/**
 * What is asked for, and how it shall be written: as `format` says, else as `Accept` does, else as
 * JSON. Undefined when something was wrong; then the caller has been told all of it.
 */
export function readRowsQuery<T>(
  context: Context,
  read: (parameters: Parameters, format: Format) => Reading<T>,
): { readonly asked: T; readonly format: Format } | undefined {
  const parameters = createParameters(context.query);
  const format = formatParameter.read(parameters) ?? accepted(context);
  const reading = read(parameters, format);
  if (reading.kind === 'asked') return { asked: reading.asked, format };
  sendInvalid(context, reading.errors);
  return undefined;
}

/** JSON for whoever accepts none of them, too: a browser that asks for a page sees something. */
function accepted(context: Context): Format {
  const type = context.accepts(Object.values(mediaTypes));
  return formats.find((format) => mediaTypes[format] === type) ?? 'json';
}
