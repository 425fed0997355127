import { withImplied } from '../auth/roles.ts';
import type { Keystone } from '../keystone.ts';
import type { Grant } from '../store/records.ts';
import { type Exchange, listReply, type Reply, type Route, requireRight } from './route.ts';

export function roleAssignmentRoutes(keystone: Keystone): Route[] {
  return [
    {
      method: 'get',
      path: '/v3/role_assignments',
      handle: (exchange) => list(keystone, exchange),
    },
  ];
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_role_assignments');
  const { query, origin } = exchange;
  const isOn = (name: string) => query.has(name) && !['0', 'false'].includes(query.get(name) ?? '');
  const grants = keystone.state.grants.all();
  const found = isOn('effective') ? grants.flatMap((grant) => implied(keystone, grant)) : grants;
  const bodies = found
    .filter((grant) => isWanted(grant, query))
    .map((grant) => body(keystone, grant, origin, isOn('include_names')));
  return listReply(exchange, 'role_assignments', bodies);
}

/** A grant of a role grants what that role implies. */
function implied({ state }: Keystone, grant: Grant): Grant[] {
  return withImplied(state, [grant.roleId]).map(({ id }) => ({ ...grant, roleId: id }));
}

function isWanted(grant: Grant, query: URLSearchParams): boolean {
  const { scope } = grant;
  const facts: Record<string, string> = {
    'user.id': grant.userId,
    'role.id': grant.roleId,
    'scope.project.id': scope.kind === 'project' ? scope.id : '',
    'scope.domain.id': scope.kind === 'domain' ? scope.id : '',
    'scope.system': scope.kind === 'system' ? 'all' : '',
  };
  return Object.entries(facts).every(([name, fact]) => (query.get(name) ?? fact) === fact);
}

function body({ state }: Keystone, grant: Grant, origin: string, withNames: boolean) {
  const { scope, userId, roleId } = grant;
  const domain = (id = '') => ({ domain: { id, name: state.domains.get(id)?.name } });
  const user = state.users.get(userId);
  const where = 'id' in scope ? `${scope.kind}s/${scope.id}` : 'system';
  return {
    links: { assignment: `${origin}/v3/${where}/users/${userId}/roles/${roleId}` },
    scope: scopeBody(),
    user: {
      id: userId,
      ...(withNames ? { name: user?.name, ...domain(user?.domainId) } : {}),
    },
    role: { id: roleId, ...(withNames ? { name: state.roles.get(roleId)?.name } : {}) },
  };

  function scopeBody() {
    switch (scope.kind) {
      case 'project': {
        const project = state.projects.get(scope.id);
        const names = withNames ? { name: project?.name, ...domain(project?.domainId) } : {};
        return { project: { id: scope.id, ...names } };
      }
      case 'domain':
        return {
          domain: {
            id: scope.id,
            ...(withNames ? { name: state.domains.get(scope.id)?.name } : {}),
          },
        };
      case 'system':
        return { system: { all: true } };
      case 'unscoped':
        return {};
    }
  }
}
