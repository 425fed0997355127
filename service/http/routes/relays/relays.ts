import type { Context } from 'koa';
import { z } from 'zod';
import { json, noContent } from '../../../contract/api/operation.ts';
import type { FieldError } from '../../../contract/problem.ts';
import {
  bypassRequestSchema,
  type RelayResponse,
  relaySchema,
} from '../../../contract/relays/relay.ts';
import { describeValue } from '../../../contract/values/describe-value.ts';
import { ownProperty } from '../../../contract/values/own-property.ts';
import { readJsonObject } from '../../json-object.ts';
import { invalidParameters, ProblemError, type Route } from '../../route.ts';

type OneRelay = {
  readonly config: { readonly maxBypass: number };
  view(): RelayResponse;
  /** Resolves when the bypass is durable. */
  bypass(request: { by: string; reason: string }, durationMs: number): Promise<void>;
  endBypass(by: string): Promise<boolean>;
};

type RelayRoutesOptions = {
  list(): readonly RelayResponse[];
  find(name: string): OneRelay | undefined;
};

const path = '/api/v1/relays';
const bypassPath = `${path}/:name/bypass`;
const pathParameters = { name: 'Name of the relay.' };

/** Relays: the state of each gate, and its bypass. */
export const relayRoutes = (options: RelayRoutesOptions): Route[] => [
  {
    method: 'get',
    path,
    scope: 'read',
    tag: 'relays',
    summary: 'Relays: each gate, open or why not',
    responses: { 200: json('All relays.', z.object({ relays: z.array(relaySchema) })) },
    problems: [],
    handle(context) {
      context.body = { relays: options.list() };
    },
  },
  bypassRoute(options),
  endRoute(options),
];

const bypassRoute = (options: RelayRoutesOptions): Route => ({
  method: 'post',
  path: bypassPath,
  scope: 'admin',
  writesOwnEvent: true,
  tag: 'relays',
  summary: 'Hold a gate open for a time, whatever its sources',
  description:
    'The bypass is durable, replaces an earlier one, and ends by itself. While it lasts, the relay ' +
    'emits as often as its mode permits.',
  pathParameters,
  body: json('The bypass.', bypassRequestSchema, { durationSeconds: 300, reason: 'engineering' }),
  responses: { 200: json('The bypass is durable and in effect.', relaySchema) },
  problems: [
    'not-found',
    'invalid-parameter',
    'body-too-large',
    'unsupported-encoding',
    'store-unavailable',
  ],
  async handle(context, { by }) {
    const relay = found(options, context);
    const request = await readJsonObject(context, 'a JSON object with durationSeconds and reason');
    const { durationSeconds, reason } = checked(request, relay.config.maxBypass);
    await relay.bypass({ by, reason }, durationSeconds * 1_000);
    context.body = relay.view();
  },
});

const endRoute = (options: RelayRoutesOptions): Route => ({
  method: 'delete',
  path: bypassPath,
  scope: 'admin',
  writesOwnEvent: true,
  tag: 'relays',
  summary: 'End the bypass of a relay now',
  pathParameters,
  responses: { 204: noContent('The bypass has ended, or there was none.') },
  problems: ['not-found', 'store-unavailable'],
  async handle(context, { by }) {
    await found(options, context).endBypass(by);
    context.status = 204;
  },
});

function checked(
  request: Readonly<Record<string, unknown>>,
  maxSeconds: number,
): z.infer<typeof bypassRequestSchema> {
  const expectations: Readonly<Record<string, string>> = {
    durationSeconds: `a whole number from 1 to ${maxSeconds}`,
    reason: 'a text of 1 to 1000 characters without control characters',
  };
  const parsed = bypassRequestSchema.safeParse(request);
  const invalid = new Set(
    parsed.error?.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])],
    ),
  );
  if (Number(request['durationSeconds']) > maxSeconds) invalid.add('durationSeconds');
  const errors = [...invalid].map(
    (key): FieldError => ({
      path: `$.${key}`,
      expected: expectations[key] ?? 'one of durationSeconds, reason',
      got: describeValue(ownProperty(request, key)),
    }),
  );
  if (!parsed.data || errors.length > 0) throw new ProblemError(invalidParameters(errors));
  return parsed.data;
}

function found({ find }: RelayRoutesOptions, { params }: Context): OneRelay {
  const name = String(params['name'] ?? '');
  const relay = find(name);
  if (relay) return relay;
  throw new ProblemError({
    code: 'not-found',
    detail: `No relay ${JSON.stringify(name.slice(0, 60))} is configured.`,
  });
}
