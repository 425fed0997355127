import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { invalidInput } from '../auth/login-request.ts';
import { examineToken, type LiveToken } from '../auth/tokens.ts';
import { couldNotFind, expecting, forbidden, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Collection } from '../store/collection.ts';

/** A request as the routes see it. */
export type Exchange = {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** `http://host:port` as the client called us; links are made with it. */
  origin: string;
  /** Path and query. */
  path: string;
  body: Buffer;
};

export type Reply = {
  status: number;
  json?: unknown;
  headers?: Record<string, string>;
};

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type Route = { method: Method; path: string; handle: (exchange: Exchange) => Reply };

type Handler = (keystone: Keystone, exchange: Exchange) => Reply;

/** The routes of a collection (`path`) and of what is in it (`path/:id`). */
export function collectionRoutes(
  keystone: Keystone,
  path: string,
  handlers: Readonly<Record<'list' | 'create' | 'show' | 'remove', Handler>> & {
    readonly change?: Handler;
  },
): Route[] {
  const { list, create, show, change, remove } = handlers;
  const one = `${path}/:id`;
  const route = (method: Method, at: string, handler: Handler): Route => {
    return { method, path: at, handle: (exchange) => handler(keystone, exchange) };
  };
  return [
    route('get', path, list),
    route('post', path, create),
    route('get', one, show),
    ...(change ? [route('patch', one, change)] : []),
    route('delete', one, remove),
  ];
}

/** What the path names by its `:id`; 404 where there is no such thing. */
export function named<T extends { id: string }>(
  collection: Pick<Collection<T>, 'get'>,
  kind: string,
  { params }: Exchange,
): T {
  const id = params['id'] ?? '';
  const found = collection.get(id);
  if (found === undefined) throw couldNotFind(kind, id);
  return found;
}

/** Who calls, by `X-Auth-Token`: 401 for a worthless token, 404 where its source is gone. */
export function callerOf(keystone: Keystone, exchange: Exchange): LiveToken {
  const tokenId = exchange.headers['x-auth-token'];
  if (typeof tokenId !== 'string' || tokenId === '') throw unauthorized();
  const validity = examineToken(keystone, tokenId);
  if (validity.kind === 'gone') throw validity.problem;
  if (validity.kind === 'revoked') throw unauthorized();
  return validity.live;
}

/** Lets administrators through, and the user whose own affair it is. */
export function requireRight(
  keystone: Keystone,
  exchange: Exchange,
  action: string,
  ownerId?: string,
): LiveToken {
  const caller = callerOf(keystone, exchange);
  if (!isAdmin(caller) && caller.user.id !== ownerId) throw forbidden(`identity:${action}`);
  return caller;
}

export function isAdmin({ roles }: LiveToken): boolean {
  return roles.some((role) => role.name === 'admin');
}

/** The body as a JSON object; an empty one where there is none. */
export function readObject({ body }: Exchange): Record<string, unknown> {
  if (body.length === 0) return {};
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(body));
  if (!parsed.success) throw expecting('valid JSON', 'request body');
  return parsed.data;
}

/** The member of the body that a create or update is about, checked; 400 names what is wrong. */
export function readMember<T extends z.ZodType>(
  exchange: Exchange,
  member: string,
  schema: T,
): z.infer<T> {
  const parsed = schema.safeParse(readObject(exchange)[member] ?? {});
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

/** A list as Keystone answers it; it never pages. */
export function listReply(exchange: Exchange, member: string, elements: readonly unknown[]): Reply {
  const self = `${exchange.origin}${exchange.path.replace(/\/(?=\?|$)/, '')}`;
  const links = { next: null, self, previous: null };
  return { status: 200, json: { [member]: elements, links } };
}

/** True if each of the named query parameters that are given has the value of the element. */
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

export const noContent: Reply = { status: 204 };

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
