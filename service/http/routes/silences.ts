import type { Context } from 'koa';
import { z } from 'zod';
import { next } from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import {
  type Silence,
  type SilenceResponse,
  silenceRequestSchema,
  silenceSchema,
  silenceSources,
  silenceStates,
  toSilenceResponse,
} from '../../contract/api/silence.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { RowLayout } from '../../query/rows.ts';
import { pageOfSilences } from '../../query/silences.ts';
import { readJsonObject } from '../json-object.ts';
import {
  cursorParameter,
  enumListParameter,
  limitParameter,
  readParameters,
  textParameter,
} from '../parameters/parameters.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';
import { sendPage } from '../rows/pages.ts';
import { formatParameters, readRowsQuery, rowsContent } from '../rows/response.ts';

type SilenceRoutesOptions = {
  list(): readonly Silence[];
  find(id: string): Silence | undefined;
  /** Resolves when the silence is durable; `by` names the caller. */
  create(request: unknown, by: string): Promise<SilenceCreation>;
  /** Ends a silence before its time; resolves when that is durable. */
  end(id: string, by: string): Promise<'ended' | 'unknown' | 'configured'>;
};

type SilenceCreation =
  | { readonly kind: 'made'; readonly silence: Silence }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

const path = '/api/v1/silences';
const onePath = `${path}/:id`;
const pathParameters = { id: 'Id of the silence.' };
const example = {
  matchers: { name: 'Orion', version: '3.*' },
  durationSeconds: 3_600,
  reason: 'the database is moved',
  author: 'Ann',
};

const parameters = {
  states: enumListParameter('state', silenceStates, 'Only silences in these states.'),
  sources: enumListParameter('source', silenceSources, 'Only silences from these sources.'),
  name: textParameter('name', 'Only silences that match this name of a component.'),
  version: textParameter('version', 'Only silences that match this version.'),
  instance: textParameter('instance', 'Only silences that match this instance.'),
  limit: limitParameter(1_000),
  cursor: cursorParameter((text) => text),
};

const layout: RowLayout<SilenceResponse> = {
  member: 'silences',
  columns: [
    ...['id', 'state', 'name', 'version', 'instance', 'from', 'until', 'reason'],
    ...['author', 'source', 'ended', 'endedBy'],
  ],
  formatRow: ({ matchers, ...silence }) => ({ ...silence, ...matchers }),
};

/** Rules that suppress notifications for a time. */
export const silenceRoutes = (options: SilenceRoutesOptions): Route[] => [
  listRoute(options),
  oneRoute(options),
  createRoute(options),
  endRoute(options),
];

const listRoute = ({ list }: SilenceRoutesOptions): Route => ({
  method: 'get',
  path,
  scope: 'read',
  tag: 'silences',
  summary: 'Silences and maintenance windows',
  description: 'Maintenance windows first, then the newest silences.',
  query: [...Object.values(parameters), ...formatParameters],
  responses: {
    200: rowsContent('A page of silences.', z.object({ silences: z.array(silenceSchema), next })),
  },
  problems: ['invalid-parameter'],
  async handle(context) {
    const { query, format } = readRowsQuery(context, (given) => readParameters(parameters, given));
    const page = pageOfSilences(list(), query);
    const rows = page.silences.map(toSilenceResponse);
    await sendPage(context, format, layout, { rows, next: page.next });
  },
});

const oneRoute = ({ find }: SilenceRoutesOptions): Route => ({
  method: 'get',
  path: onePath,
  scope: 'read',
  tag: 'silences',
  summary: 'One silence or maintenance window',
  pathParameters,
  responses: { 200: json('The silence.', silenceSchema) },
  problems: ['not-found'],
  handle(context) {
    const silence = find(idOf(context));
    if (!silence) throw unknownSilence(context);
    context.body = toSilenceResponse(silence);
  },
});

const createRoute = ({ create }: SilenceRoutesOptions): Route => ({
  method: 'post',
  path,
  scope: 'admin',
  writesOwnEvent: true,
  tag: 'silences',
  summary: 'Suppress notifications for matching instances for a time',
  description:
    'States change and events are logged as usual, with `silencedBy`. The end of an alarm that was ' +
    'notified before the silence is notified too.',
  body: json('The silence.', silenceRequestSchema, example),
  responses: { 201: json('The silence is durable, and active if it begins now.', silenceSchema) },
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
    const creation = await create(request, by);
    if (creation.kind === 'invalid') throw new ProblemError(invalidParameters(creation.errors));
    if (creation.kind === 'too-many') throw tooManySilences();
    context.status = 201;
    context.set('location', `${path}/${creation.silence.id}`);
    context.body = toSilenceResponse(creation.silence);
  },
});

const endRoute = ({ end }: SilenceRoutesOptions): Route => ({
  method: 'delete',
  path: onePath,
  scope: 'admin',
  writesOwnEvent: true,
  tag: 'silences',
  summary: 'End a silence now and keep it as expired',
  pathParameters,
  responses: { 204: noContent('It ends with the next evaluation, or has ended before.') },
  problems: ['not-found', 'silence-configured', 'store-unavailable'],
  async handle(context, { by }) {
    const outcome = await end(idOf(context), by);
    if (outcome === 'unknown') throw unknownSilence(context);
    if (outcome === 'configured') throw configuredSilence();
    context.status = 204;
  },
});

const idOf = ({ params }: Context): string => String(params['id'] ?? '');

const unknownSilence = (context: Context) =>
  new ProblemError({
    code: 'not-found',
    detail: `No silence ${JSON.stringify(idOf(context).slice(0, 60))} is known.`,
  });

const configuredSilence = () =>
  new ProblemError({
    code: 'silence-configured',
    detail: 'Maintenance windows are part of the configuration, and end with their time.',
  });

const tooManySilences = () =>
  new ProblemError({
    code: 'too-many-silences',
    detail: 'There are too many active and pending silences to add one; end some of them.',
  });
