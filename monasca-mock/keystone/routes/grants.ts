import { grantId, grantsOf } from '../auth/roles.ts';
import { couldNotFind } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Scope } from '../store/records.ts';
import { roleBody } from './bodies.ts';
import {
  type Exchange,
  listReply,
  noContent,
  type Reply,
  type Route,
  requireRight,
} from './route.ts';

/** Which role a user has where. Groups are not played. */
export function grantRoutes(keystone: Keystone): Route[] {
  const scopes = ['/v3/projects/:projectId', '/v3/domains/:domainId', '/v3/system'];
  return scopes.flatMap((scope): Route[] => {
    const all = `${scope}/users/:userId/roles`;
    const one = `${all}/:roleId`;
    return [
      { method: 'get', path: all, handle: (exchange) => list(keystone, exchange) },
      { method: 'put', path: one, handle: (exchange) => grant(keystone, exchange) },
      // A GET answers as a HEAD does: there is nothing more to say.
      { method: 'get', path: one, handle: (exchange) => check(keystone, exchange) },
      { method: 'delete', path: one, handle: (exchange) => withdraw(keystone, exchange) },
    ];
  });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_grants');
  const { userId, scope } = targetOf(keystone, exchange);
  const { roles } = keystone.state;
  const found = grantsOf(keystone.state, userId, scope).flatMap(
    ({ roleId }) => roles.get(roleId) ?? [],
  );
  const bodies = found.map((role) => roleBody(role, exchange.origin));
  return listReply(exchange, 'roles', bodies);
}

function grant(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'create_grant');
  const { userId, scope } = targetOf(keystone, exchange);
  const roleId = roleIdOf(keystone, exchange);
  keystone.state.grants.put({ id: grantId(userId, roleId, scope), userId, roleId, scope });
  return noContent;
}

function check(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'check_grant');
  const { userId, scope } = targetOf(keystone, exchange);
  const roleId = roleIdOf(keystone, exchange);
  if (keystone.state.grants.get(grantId(userId, roleId, scope)) === undefined) {
    throw missing(userId, roleId, scope);
  }
  return noContent;
}

/**
 * Living tokens stay valid and lose the role. Application credentials that hold a role which the
 * user no longer has keep it, as in the real service.
 */
function withdraw(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'revoke_grant');
  const { userId, scope } = targetOf(keystone, exchange);
  const roleId = roleIdOf(keystone, exchange);
  if (!keystone.state.grants.remove(grantId(userId, roleId, scope))) {
    throw missing(userId, roleId, scope);
  }
  return noContent;
}

function targetOf({ state }: Keystone, { params }: Exchange): { userId: string; scope: Scope } {
  const { userId = '', projectId, domainId } = params;
  if (projectId !== undefined && state.projects.get(projectId) === undefined) {
    throw couldNotFind('project', projectId);
  }
  if (domainId !== undefined && state.domains.get(domainId) === undefined) {
    throw couldNotFind('domain', domainId);
  }
  if (state.users.get(userId) === undefined) throw couldNotFind('user', userId);
  if (projectId !== undefined) return { userId, scope: { kind: 'project', id: projectId } };
  if (domainId !== undefined) return { userId, scope: { kind: 'domain', id: domainId } };
  return { userId, scope: { kind: 'system' } };
}

function roleIdOf({ state }: Keystone, { params }: Exchange): string {
  const roleId = params['roleId'] ?? '';
  if (state.roles.get(roleId) === undefined) throw couldNotFind('role', roleId);
  return roleId;
}

function missing(userId: string, roleId: string, scope: Scope) {
  const where = 'id' in scope ? scope.id : 'system';
  return couldNotFind(
    'role assignment with role',
    `${roleId}, user or group: ${userId}, project, domain, or system: ${where}`,
  );
}
