import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { parseJson } from '../../body.ts';
import { invalidInput } from '../auth/login-request.ts';
import { examineToken, type LiveToken } from '../auth/tokens.ts';
import { couldNotFind, expecting, forbidden, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Collection } from '../store/collection.ts';

/** A request, and the Keystone that receives it. */
export type Exchange = {
  keystone: Keystone;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** `http://host:port` as in the request; links are built with it. */
  origin: string;
  /** Path and query. */
  path: string;
  body: Buffer;
};

export type Reply = { status: number; json?: unknown; headers?: Record<string, string> };

export type Handler = (exchange: Exchange) => Reply;

/** Handlers by method and path: `GET /v3/users/:id`. */
export type Routes = Readonly<Record<string, Handler>>;

export const noContent: Reply = { status: 204 };

/** The record with this id; throws 404 if it does not exist. */
export function existing<T extends { id: string }>(
  records: Pick<Collection<T>, 'get'>,
  kind: string,
  id = '',
): T {
  const record = records.get(id);
  if (record === undefined) throw couldNotFind(kind, id);
  return record;
}

/** The bearer of `X-Auth-Token`; throws 401 for an invalid token, 404 if its source is deleted. */
export function callerOf({ keystone, headers }: Exchange): LiveToken {
  const tokenId = headers['x-auth-token'];
  if (typeof tokenId !== 'string' || tokenId === '') throw unauthorized();
  const { live, problem } = examineToken(keystone, tokenId);
  if (live === undefined) throw problem ?? unauthorized();
  return live;
}

/** The caller, if an administrator or allowed by `isAllowed`; throws 403 for others. */
export function authorize(
  exchange: Exchange,
  action: string,
  isAllowed: (caller: LiveToken) => boolean = () => false,
): LiveToken {
  const caller = callerOf(exchange);
  if (!isAdmin(caller) && !isAllowed(caller)) throw forbidden(`identity:${action}`);
  return caller;
}

/** Condition for `authorize`: the caller is this user. */
export const isUser =
  (userId: string | undefined) =>
  ({ user }: LiveToken): boolean =>
    user.id === userId;

export function isAdmin({ roles }: LiveToken): boolean {
  return roles.some((role) => role.name === 'admin');
}

/** The body as a JSON object; an empty object if the body is empty. */
export function readObject({ body }: Exchange): Record<string, unknown> {
  if (body.length === 0) return {};
  const parsed = z
    .record(z.string(), z.unknown())
    .safeParse(parseJson(body.toString('utf8'))?.value);
  if (!parsed.success) throw expecting('valid JSON', 'request body');
  return parsed.data;
}

/** The member of the body that a create or update is about; throws 400 for invalid input. */
export function readMember<T>(exchange: Exchange, member: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(readObject(exchange)[member] ?? {});
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

/** A list in Keystone's format, which has no pages. */
export function listReply(exchange: Exchange, member: string, elements: readonly unknown[]): Reply {
  const self = `${exchange.origin}${exchange.path.replace(/\/(?=\?|$)/, '')}`;
  const links = { next: null, self, previous: null };
  return { status: 200, json: { [member]: elements, links } };
}

/** True if the element has the value of each of these query parameters that is present. */
export function matchesQuery(
  query: URLSearchParams,
  element: Readonly<Record<string, unknown>>,
  names: readonly string[],
): boolean {
  return names.every((name) => {
    const wanted = query.get(name);
    if (wanted === null) return true;
    const value = element[name];
    if (typeof value !== 'boolean') return String(value) === wanted;
    return value === !['0', 'false', 'no', 'off'].includes(wanted.toLowerCase());
  });
}
