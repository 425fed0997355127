import { catalogFor } from '../auth/catalog.ts';
import { login } from '../auth/login.ts';
import { parseLogin } from '../auth/login-request.ts';
import { tokenBody } from '../auth/token-body.ts';
import { examineToken, type LiveToken, revokeTokens } from '../auth/tokens.ts';
import { expecting, forbidden, notFound, refused } from '../errors.ts';
import type { TokenScope } from '../store/records.ts';
import { domains, projects } from './directory.ts';
import type { Resource } from './resource.ts';
import {
  callerOf,
  type Exchange,
  isAdmin,
  listReply,
  noContent,
  type Reply,
  type Routes,
  readObject,
} from './route.ts';

export const authRoutes: Routes = {
  'POST /v3/auth/tokens': logIn,
  'GET /v3/auth/tokens': (exchange) => tokenReply(exchange, subjectOf(exchange, 'validate_token')),
  'DELETE /v3/auth/tokens': revoke,
  'GET /v3/auth/catalog': showCatalog,
  'GET /v3/auth/projects': (exchange) => listScopes(exchange, 'project', projects),
  'GET /v3/auth/domains': (exchange) => listScopes(exchange, 'domain', domains),
  'GET /v3/auth/system': showSystem,
};

function logIn(exchange: Exchange): Reply {
  // A body without any type passes, one with a wrong type does not.
  const type = exchange.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw expecting('application/json', 'Content-Type header');
  }
  const live = login(exchange.keystone, parseLogin(readObject(exchange)));
  return { ...tokenReply(exchange, live), status: 201 };
}

function revoke(exchange: Exchange): Reply {
  const { token } = subjectOf(exchange, 'revoke_token');
  revokeTokens(exchange.keystone, ({ id }) => id === token.id);
  return noContent;
}

/** The token in `X-Subject-Token`. Only administrators may name a token of another user. */
function subjectOf(exchange: Exchange, action: string): LiveToken {
  const caller = callerOf(exchange);
  const subjectId = exchange.headers['x-subject-token'];
  if (typeof subjectId !== 'string') throw notFound('No token in the request');
  const { live, problem } = examineToken(exchange.keystone, subjectId);
  if (live === undefined) throw problem ?? notFound('Failed to validate token');
  if (!isAdmin(caller) && live.user.id !== caller.user.id) throw forbidden(`identity:${action}`);
  return live;
}

function tokenReply({ keystone, query }: Exchange, live: LiveToken): Reply {
  return {
    status: 200,
    json: tokenBody(keystone, live, !query.has('nocatalog')),
    headers: { 'X-Subject-Token': live.token.id },
  };
}

function showCatalog(exchange: Exchange): Reply {
  const { token } = callerOf(exchange);
  if (token.scope.kind === 'unscoped') {
    throw refused('You are not authorized to perform the requested action.');
  }
  const links = { self: `${exchange.origin}/v3/auth/catalog` };
  return { status: 200, json: { catalog: catalogFor(exchange.keystone.state, token), links } };
}

/** Lists the enabled projects or domains in which the caller has a role. */
function listScopes<R extends { id: string; enabled: boolean }, Sent extends object>(
  exchange: Exchange,
  kind: TokenScope['kind'],
  resource: Resource<R, Sent>,
): Reply {
  const ids = grantedScopes(exchange, kind).map((scope) => ('id' in scope ? scope.id : ''));
  const documents = resource
    .records(exchange.keystone.state)
    .filter(({ id, enabled }) => enabled && ids.includes(id))
    .map((record) => resource.document(record, exchange.origin));
  return listReply(exchange, resource.plural, documents);
}

function showSystem(exchange: Exchange): Reply {
  const isGranted = grantedScopes(exchange, 'system').length > 0;
  const links = { self: `${exchange.origin}/v3/auth/system` };
  return { status: 200, json: { system: isGranted ? [{ all: true }] : [], links } };
}

/** The scopes of this kind in which the caller has a role. */
function grantedScopes(exchange: Exchange, kind: TokenScope['kind']): TokenScope[] {
  const { user } = callerOf(exchange);
  const grants = exchange.keystone.state.grants.filter(({ userId }) => userId === user.id);
  return grants.map(({ scope }) => scope).filter((scope) => scope.kind === kind);
}
