import type { Context } from 'koa';
import { z } from 'zod';
import type { Described } from '../../query/described.ts';
import { createParameters, type RawQuery, type Reading } from '../../query/parameters.ts';
import { sendInvalid } from '../route.ts';

/** How a list is written. */
export const formats = ['json', 'ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
};

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
  read: (query: RawQuery, format: Format) => Reading<T>,
): { readonly asked: T; readonly format: Format } | undefined {
  const { format: text, ...query } = context.query;
  const parameters = createParameters(text === undefined ? {} : { format: text });
  const format = formatParameter.read(parameters) ?? accepted(context);
  const reading = read(query, format);
  const wrong = [...parameters.errors(), ...(reading.kind === 'invalid' ? reading.errors : [])];
  if (reading.kind === 'asked' && wrong.length === 0) return { asked: reading.asked, format };
  sendInvalid(context, wrong);
  return undefined;
}

/** JSON for whoever accepts none of them, too: a browser that asks for a page sees something. */
function accepted(context: Context): Format {
  const type = context.accepts(Object.values(mediaTypes));
  return formats.find((format) => mediaTypes[format] === type) ?? 'json';
}
