import { grantId, grantsOf, withImplied } from '../auth/roles.ts';
import { couldNotFind } from '../errors.ts';
import type { RoleGrant, TokenScope } from '../store/records.ts';
import { roles } from './directory.ts';
import {
  authorize,
  type Exchange,
  existing,
  listReply,
  noContent,
  type Reply,
  type Routes,
} from './route.ts';

/** The roles of users in projects, domains and the system. Groups are not implemented. */
export const grantRoutes: Routes = {
  ...routesIn('/v3/projects/:projectId'),
  ...routesIn('/v3/domains/:domainId'),
  ...routesIn('/v3/system'),
  'GET /v3/role_assignments': listAssignments,
};

function routesIn(scope: string): Routes {
  const all = `${scope}/users/:userId/roles`;
  const one = `${all}/:roleId`;
  return {
    [`GET ${all}`]: listRoles,
    [`PUT ${one}`]: (exchange) => {
      exchange.keystone.state.grants.put(grantFor(exchange, 'create_grant'));
      return noContent;
    },
    // A GET has no body, as a HEAD.
    [`GET ${one}`]: (exchange) => {
      const grant = grantFor(exchange, 'check_grant');
      if (exchange.keystone.state.grants.get(grant.id) === undefined) throw missing(grant);
      return noContent;
    },
    // Valid tokens stay valid without the role. Application credentials with the role keep it, as
    // in the real service.
    [`DELETE ${one}`]: (exchange) => {
      const grant = grantFor(exchange, 'revoke_grant');
      if (!exchange.keystone.state.grants.remove(grant.id)) throw missing(grant);
      return noContent;
    },
  };
}

function listRoles(exchange: Exchange): Reply {
  authorize(exchange, 'list_grants');
  const { state } = exchange.keystone;
  const { userId, scope } = holderOf(exchange);
  const documents = grantsOf(state, userId, scope)
    .flatMap(({ roleId }) => state.roles.get(roleId) ?? [])
    .map((role) => roles.document(role, exchange.origin));
  return listReply(exchange, 'roles', documents);
}

/** The grant that the path names, whether it is stored or not. */
function grantFor(exchange: Exchange, action: string): RoleGrant {
  authorize(exchange, action);
  const { userId, scope } = holderOf(exchange);
  const roleId = existing(exchange.keystone.state.roles, 'role', exchange.params['roleId']).id;
  return { id: grantId(userId, roleId, scope), userId, roleId, scope };
}

function holderOf({ keystone, params }: Exchange): { userId: string; scope: TokenScope } {
  const { projects, domains, users } = keystone.state;
  const { userId, projectId, domainId } = params;
  if (projectId !== undefined) existing(projects, 'project', projectId);
  if (domainId !== undefined) existing(domains, 'domain', domainId);
  const user = existing(users, 'user', userId);
  if (projectId !== undefined)
    return { userId: user.id, scope: { kind: 'project', id: projectId } };
  if (domainId !== undefined) return { userId: user.id, scope: { kind: 'domain', id: domainId } };
  return { userId: user.id, scope: { kind: 'system' } };
}

function missing({ userId, roleId, scope }: RoleGrant) {
  const where = 'id' in scope ? scope.id : 'system';
  return couldNotFind(
    'role assignment with role',
    `${roleId}, user or group: ${userId}, project, domain, or system: ${where}`,
  );
}

function listAssignments(exchange: Exchange): Reply {
  authorize(exchange, 'list_role_assignments');
  const { keystone, query } = exchange;
  const isOn = (name: string) => query.has(name) && !['0', 'false'].includes(query.get(name) ?? '');
  const stored = keystone.state.grants.all();
  const grants = !isOn('effective')
    ? stored
    : stored.flatMap((grant) =>
        withImplied(keystone.state, [grant.roleId]).map(({ id }) => ({ ...grant, roleId: id })),
      );
  const documents = grants
    .filter((grant) => matchesFilters(grant, query))
    .map((grant) => assignmentOf(exchange, grant, isOn('include_names')));
  return listReply(exchange, 'role_assignments', documents);
}

function matchesFilters({ scope, userId, roleId }: RoleGrant, query: URLSearchParams): boolean {
  const values: Record<string, string> = {
    'user.id': userId,
    'role.id': roleId,
    'scope.project.id': scope.kind === 'project' ? scope.id : '',
    'scope.domain.id': scope.kind === 'domain' ? scope.id : '',
    'scope.system': scope.kind === 'system' ? 'all' : '',
  };
  return Object.entries(values).every(([name, value]) => (query.get(name) ?? value) === value);
}

function assignmentOf({ keystone, origin }: Exchange, grant: RoleGrant, withNames: boolean) {
  const { domains, projects, roles, users } = keystone.state;
  const { scope, userId, roleId } = grant;
  // JSON leaves undefined members out.
  const named = (name: string | undefined) => (withNames ? name : undefined);
  const domainOf = (of: { domainId: string } | undefined) => {
    const id = of?.domainId ?? '';
    return withNames ? { id, name: domains.get(id)?.name } : undefined;
  };
  const scopeDocument = () => {
    if (scope.kind === 'project') {
      const project = projects.get(scope.id);
      return { project: { id: scope.id, name: named(project?.name), domain: domainOf(project) } };
    }
    if (scope.kind === 'domain') {
      return { domain: { id: scope.id, name: named(domains.get(scope.id)?.name) } };
    }
    return scope.kind === 'system' ? { system: { all: true } } : {};
  };
  const user = users.get(userId);
  const where = 'id' in scope ? `${scope.kind}s/${scope.id}` : 'system';
  return {
    links: { assignment: `${origin}/v3/${where}/users/${userId}/roles/${roleId}` },
    scope: scopeDocument(),
    user: { id: userId, name: named(user?.name), domain: domainOf(user) },
    role: { id: roleId, name: named(roles.get(roleId)?.name) },
  };
}
