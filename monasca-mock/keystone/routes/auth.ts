import { catalogFor } from '../auth/catalog.ts';
import { login } from '../auth/login.ts';
import { parseLogin } from '../auth/login-request.ts';
import { tokenBody } from '../auth/token-body.ts';
import { examineToken, type LiveToken, revokeTokens } from '../auth/tokens.ts';
import { expecting, forbidden, notFound, refused } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import { domainBody, projectBody } from './bodies.ts';
import {
  callerOf,
  type Exchange,
  isAdmin,
  listReply,
  noContent,
  type Reply,
  type Route,
  readObject,
} from './route.ts';

export function authRoutes(keystone: Keystone): Route[] {
  return [
    { method: 'post', path: '/v3/auth/tokens', handle: (exchange) => logIn(keystone, exchange) },
    { method: 'get', path: '/v3/auth/tokens', handle: (exchange) => validate(keystone, exchange) },
    { method: 'delete', path: '/v3/auth/tokens', handle: (exchange) => revoke(keystone, exchange) },
    { method: 'get', path: '/v3/auth/catalog', handle: (exchange) => catalog(keystone, exchange) },
    { method: 'get', path: '/v3/auth/projects', handle: (exchange) => scopes(keystone, exchange) },
    { method: 'get', path: '/v3/auth/domains', handle: (exchange) => domains(keystone, exchange) },
    { method: 'get', path: '/v3/auth/system', handle: (exchange) => system(keystone, exchange) },
  ];
}

function logIn(keystone: Keystone, exchange: Exchange): Reply {
  // A body without any type passes, one with a wrong type does not.
  const type = exchange.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw expecting('application/json', 'Content-Type header');
  }
  const live = login(keystone, parseLogin(readObject(exchange)));
  return { ...withToken(keystone, exchange, live), status: 201 };
}

function validate(keystone: Keystone, exchange: Exchange): Reply {
  return withToken(keystone, exchange, subjectOf(keystone, exchange, 'validate_token'));
}

function revoke(keystone: Keystone, exchange: Exchange): Reply {
  const { token } = subjectOf(keystone, exchange, 'revoke_token');
  revokeTokens(keystone, ({ id }) => id === token.id);
  return noContent;
}

/** The token in `X-Subject-Token`; about tokens of others only administrators may ask. */
function subjectOf(keystone: Keystone, exchange: Exchange, action: string): LiveToken {
  const caller = callerOf(keystone, exchange);
  const subjectId = exchange.headers['x-subject-token'];
  if (typeof subjectId !== 'string') throw notFound('No token in the request');
  const validity = examineToken(keystone, subjectId);
  if (validity.kind === 'gone') throw validity.problem;
  if (validity.kind === 'revoked') throw notFound('Failed to validate token');
  if (!isAdmin(caller) && validity.live.user.id !== caller.user.id) {
    throw forbidden(`identity:${action}`);
  }
  return validity.live;
}

function withToken(keystone: Keystone, exchange: Exchange, live: LiveToken): Reply {
  return {
    status: 200,
    json: tokenBody(keystone, live, !exchange.query.has('nocatalog')),
    headers: { 'X-Subject-Token': live.token.id },
  };
}

function catalog(keystone: Keystone, exchange: Exchange): Reply {
  const { token } = callerOf(keystone, exchange);
  if (token.scope.kind === 'unscoped') {
    throw refused('You are not authorized to perform the requested action.');
  }
  const links = { self: `${exchange.origin}/v3/auth/catalog` };
  return { status: 200, json: { catalog: catalogFor(keystone.state, token), links } };
}

function scopes(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const mine = grantedScopes(keystone, callerOf(keystone, exchange), 'project');
  const projects = state.projects.all().filter(({ id, enabled }) => enabled && mine.has(id));
  const bodies = projects.map((project) => projectBody(project, exchange.origin));
  return listReply(exchange, 'projects', bodies);
}

function domains(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const mine = grantedScopes(keystone, callerOf(keystone, exchange), 'domain');
  const found = state.domains.all().filter(({ id, enabled }) => enabled && mine.has(id));
  const bodies = found.map((domain) => domainBody(domain, exchange.origin));
  return listReply(exchange, 'domains', bodies);
}

function system(keystone: Keystone, exchange: Exchange): Reply {
  const mine = grantedScopes(keystone, callerOf(keystone, exchange), 'system');
  const links = { self: `${exchange.origin}/v3/auth/system` };
  return { status: 200, json: { system: mine.size > 0 ? [{ all: true }] : [], links } };
}

/** The ids of the projects or domains in which the caller has any role. */
function grantedScopes(
  { state }: Keystone,
  { user }: LiveToken,
  kind: 'project' | 'domain' | 'system',
): Set<string> {
  const granted = state.grants.all().filter((grant) => grant.userId === user.id);
  const scopes = granted.map((grant) => grant.scope).filter((scope) => scope.kind === kind);
  return new Set(scopes.map((scope) => ('id' in scope ? scope.id : 'all')));
}
