import type { Context } from 'koa';
import type { Bearer } from '../tokens.ts';
import type { Defects } from './defects.ts';
import { ApiProblem } from './problems.ts';
import { parameter, queryOf } from './query-parameters.ts';
import type { RequestHandler } from './route.ts';

/** The roles that may read, write and send metrics. All other roles have no rights. */
export const readers: readonly string[] = ['monasca-user', 'monasca-read-only-user'];
export const writers: readonly string[] = ['monasca-user'];
export const metricSenders: readonly string[] = ['monasca-user', 'monasca-agent'];
const delegates: readonly string[] = ['admin'];

/** Handles a request about a project; `id` is the parameter of the path. */
type ProjectHandler = (context: Context, tenant: string, id: string) => unknown;

export type RoleCheck = {
  /**
   * A handler for bearers of these roles, with the project of the bearer. Others get the 401 of the
   * service itself, which a new token does not avoid.
   */
  allow(roles: readonly string[], handle: ProjectHandler): RequestHandler;
  /** The same with the project of `tenant_id`, which is ignored unless a delegate sends it. */
  allowDelegated(roles: readonly string[], handle: ProjectHandler): RequestHandler;
};

export function createAccess(keystoneUrl: () => string, defects: Defects): RoleCheck {
  const requireRole = (bearer: Bearer, roles: readonly string[]) => {
    if (hasRole(bearer, roles)) return;
    throw new ApiProblem(401, 'Forbidden', 'The request does not have access to this service', {
      // The service passes a text to its framework, which expects a list and so separates letters.
      'WWW-Authenticate': `T, o, k, e, n, Keystone uri="${keystoneUrl()}"`,
    });
  };
  return {
    allow: (roles, handle) => {
      return (context, bearer, { id = '' }) => {
        requireRole(bearer, roles);
        return handle(context, bearer.projectId ?? '', id);
      };
    },
    allowDelegated: (roles, handle) => {
      return (context, bearer, { id = '' }) => {
        requireRole(bearer, roles);
        const isDelegate = !defects.tenantIdIgnored && hasRole(bearer, delegates);
        const tenantId = isDelegate ? parameter(queryOf(context), 'tenant_id') : undefined;
        return handle(context, tenantId ?? bearer.projectId ?? '', id);
      };
    },
  };
}

function hasRole(bearer: Bearer, roles: readonly string[]): boolean {
  return bearer.roles.some((role) => roles.includes(role.toLowerCase()));
}
