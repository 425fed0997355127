import type { Context } from 'koa';
import type { Denial } from '../../../access/authorizer.ts';
import { sessionCookie } from '../../../access/identity/session-cookie.ts';
import type { CurrentAccess, SignIn } from '../../../access/identity/sign-in.ts';
import {
  type SessionResponse,
  sessionSchema,
  signInSchema,
} from '../../../contract/api/access/session.ts';
import { json, noContent } from '../../../contract/api/operation.ts';
import { isoTime } from '../../../contract/values/iso-time.ts';
import type { Log } from '../../../runtime/log.ts';
import { readJsonObject } from '../../json-object.ts';
import { invalidParameters, ProblemError, type Route } from '../../route.ts';

const path = '/api/v1/session';

/** Sessions of browsers: a token is exchanged for a cookie that scripts cannot read. */
export const sessionRoutes = (signIn: SignIn, log: Log): Route[] => [
  currentRoute(signIn),
  beginRoute(signIn, log),
  endRoute(signIn, log),
];

const currentRoute = ({ current }: SignIn): Route => ({
  method: 'get',
  path,
  scope: 'none',
  tag: 'access',
  summary: 'Access of this request: its name, its scopes, and whether a sign-in is needed',
  responses: { 200: json('The access.', sessionSchema) },
  problems: [],
  handle(context) {
    context.body = toResponse(current(context.req));
  },
});

const beginRoute = ({ current, begin }: SignIn, log: Log): Route => ({
  method: 'post',
  path,
  scope: 'none',
  tag: 'access',
  summary: 'Sign in: exchange a token for a session cookie',
  description:
    'The cookie (HttpOnly, SameSite=Strict) permits what the token permits, below `/api/v1/`. The ' +
    'session ends with the token, with a sign-out, and after `auth.sessionHours`. With it, only ' +
    'pages of the service itself may change something. Where access is open, no cookie is set.',
  body: json('The token.', signInSchema, { token: 'hb_…' }),
  responses: { 200: json('The access of the session.', sessionSchema) },
  problems: [
    'invalid-parameter',
    'unauthorized',
    'forbidden',
    'body-too-large',
    'unsupported-encoding',
    'rate-limited',
  ],
  async handle(context, { by }) {
    const result = await begin(context.req, await readToken(context));
    if (result?.kind === 'denied') return deny(result);
    if (result === undefined) {
      context.body = toResponse(current(context.req));
      return;
    }
    const { session, access } = result;
    context.set('set-cookie', sessionCookie(session, context.req));
    log.info({ name: access.name, address: by }, 'a browser signed in');
    context.body = toResponse(access);
  },
});

const endRoute = ({ current, end }: SignIn, log: Log): Route => ({
  method: 'delete',
  path,
  scope: 'none',
  tag: 'access',
  summary: 'Sign out: end the session of this request',
  responses: { 204: noContent('The session has ended, or there was none.') },
  problems: ['forbidden'],
  async handle(context, { by }) {
    const { name, by: source } = current(context.req);
    const denied = await end(context.req);
    if (denied) return deny(denied);
    context.set('set-cookie', sessionCookie(undefined, context.req));
    context.status = 204;
    if (source === 'session') log.info({ name, address: by }, 'a browser signed out');
  },
});

async function readToken(context: Context): Promise<string> {
  const body = await readJsonObject(context, 'a JSON object with a token');
  const read = signInSchema.safeParse(body);
  if (read.data) return read.data.token;
  // What was found may be a token that was put in the wrong place.
  const error = { path: '$.token', expected: 'a token, as {"token": "hb_…"}', got: 'another body' };
  throw new ProblemError(invalidParameters([error]));
}

async function deny({ problem, until }: Denial): Promise<never> {
  await until;
  throw new ProblemError(problem);
}

const toResponse = ({ by, name, scopes, expiresAtMs }: CurrentAccess): SessionResponse => ({
  access: by,
  signInRequired: by === 'none',
  name,
  scopes: [...scopes],
  expiresAt: isoTime(expiresAtMs),
});
