import type { Context } from 'koa';
import { z } from 'zod';
import { next } from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import type { Silence } from '../../contract/api/silence.ts';
import {
  type SilenceAnswer,
  silenceAnswer,
  silenceRequestSchema,
  silenceSchema,
} from '../../contract/api/silence.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { Look } from '../../query/rows/writer.ts';
import { pageOfSilences, readSilenceQuery, silenceParameters } from '../../query/silences.ts';
import { readJsonObject } from '../json-object.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { sendPage } from '../rows/pages.ts';

export type SilenceRoutesOptions = {
  list(): readonly Silence[];
  find(id: string): Silence | undefined;
  /** Resolves when it is durable; `by` is for the records. */
  create(request: unknown, by: string): Promise<Creation>;
  /** Ends it before its time, and resolves when that is durable. */
  end(id: string, by: string): Promise<'ended' | 'unknown' | 'configured'>;
};

type Creation =
  | { readonly kind: 'made'; readonly silence: Silence }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

const path = '/api/v1/silences';
const pathParameters = { id: 'The id of the silence.' };
const pageSchema = z.object({ silences: z.array(silenceSchema), next });
const example = {
  matchers: { name: 'Orion', version: '3.*' },
  durationSeconds: 3_600,
  reason: 'the database is moved',
  author: 'Ann',
};

/** Times in which nobody wants to be told. */
export function silenceRoutes({ list, find, create, end }: SilenceRoutesOptions): Route[] {
  return [
    {
      method: 'get',
      path,
      scope: 'read',
      tag: 'silences',
      summary: 'The silences and maintenance windows that are known',
      description: 'Maintenance windows come first, then what was made last.',
      query: [...silenceParameters, formatParameter],
      answers: { 200: rowsContent('A page of silences.', pageSchema) },
      problems: ['invalid-parameter'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters, format) =>
          readSilenceQuery(parameters, format === 'json'),
        );
        if (!reading) return;
        const { silences, next } = pageOfSilences(list(), reading.asked);
        await sendPage(context, reading.format, look, { rows: silences.map(silenceAnswer), next });
      },
    },
    {
      method: 'get',
      path: `${path}/:id`,
      scope: 'read',
      tag: 'silences',
      summary: 'One silence or maintenance window',
      pathParameters,
      answers: { 200: json('The silence.', silenceSchema) },
      problems: ['not-found'],
      handle(context) {
        const silence = find(idOf(context));
        if (silence) context.body = silenceAnswer(silence);
        else sendUnknown(context);
      },
    },
    {
      method: 'post',
      path,
      scope: 'admin',
      writesOwnEvent: true,
      tag: 'silences',
      summary: 'Keep events of matching instances from being notified for a time',
      description:
        'States go on and events are logged, marked with `silencedBy`. What ends an alarm that was raised aloud is told all the same.',
      body: json('What is to be silent.', silenceRequestSchema, example),
      answers: { 201: json('It is on disk, and holds if it is to hold now.', silenceSchema) },
      problems: [
        'invalid-parameter',
        'too-many-silences',
        'body-too-large',
        'unsupported-encoding',
        'store-unavailable',
      ],
      async handle(context, { by }) {
        const expected = 'a JSON object with matchers, reason, author, and how long';
        const request = await readJsonObject(context, expected);
        if (!request) return;
        sendCreation(context, await create(request, by));
      },
    },
    {
      method: 'delete',
      path: `${path}/:id`,
      scope: 'admin',
      writesOwnEvent: true,
      tag: 'silences',
      summary: 'End a silence now: it is kept as expired',
      pathParameters,
      answers: { 204: noContent('It ends with the next look for silence, or has ended before.') },
      problems: ['not-found', 'silence-configured', 'store-unavailable'],
      async handle(context, { by }) {
        const outcome = await end(idOf(context), by);
        if (outcome === 'ended') context.status = 204;
        else if (outcome === 'unknown') sendUnknown(context);
        else sendProblem(context, { code: 'silence-configured', detail: isConfigured });
      },
    },
  ];
}

const columns = [
  'id',
  'state',
  'name',
  'version',
  'instance',
  'from',
  'until',
  'reason',
  'author',
  'source',
  'ended',
  'endedBy',
] as const;

const look: Look<SilenceAnswer> = {
  member: 'silences',
  columns,
  cells: ({ matchers, ...silence }) => {
    const flat = { ...silence, ...matchers };
    return columns.map((column) => flat[column]);
  },
};

const isConfigured = 'Maintenance windows are in the configuration, and end with their time.';

function sendCreation(context: Context, creation: Creation): void {
  if (creation.kind === 'made') {
    context.status = 201;
    context.set('location', `${path}/${creation.silence.id}`);
    context.body = silenceAnswer(creation.silence);
  } else if (creation.kind === 'invalid') {
    sendInvalid(context, creation.errors);
  } else {
    const detail = 'So many silences hold or wait that no more are taken; end some of them.';
    sendProblem(context, { code: 'too-many-silences', detail });
  }
}

const idOf = ({ params }: Context): string => String(params['id'] ?? '');

function sendUnknown(context: Context): void {
  const detail = `No silence ${JSON.stringify(idOf(context).slice(0, 60))} is known.`;
  sendProblem(context, { code: 'not-found', detail });
}
