import type { Bearer, ValidateToken } from '../tokens.ts';
import type { Defects } from './defects.ts';
import { ApiProblem } from './problems.ts';

/** Who may do what; every other role opens nothing. */
export const readers: readonly string[] = ['monasca-user', 'monasca-read-only-user'];
export const writers: readonly string[] = ['monasca-user'];
export const metricSenders: readonly string[] = ['monasca-user', 'monasca-agent'];
const delegates: readonly string[] = ['admin'];

export type Access = {
  /** Whose request this is; undefined when the token is missing, unknown, expired or revoked. */
  bearerOf: ValidateToken;
  /** Throws the refusal of the service itself, which is a 401 too: a new token does not help. */
  require(bearer: Bearer, roles: readonly string[]): void;
  /** The project whose data is meant; `tenant_id` counts only for delegates, silently. */
  tenantOf(bearer: Bearer, tenantId: string | undefined): string;
};

export function createAccess(
  validateToken: ValidateToken,
  keystoneUrl: () => string,
  defects: Defects,
): Access {
  return {
    bearerOf: validateToken,
    require(bearer, roles) {
      if (hasRole(bearer, roles)) return;
      throw new ApiProblem(401, 'Forbidden', 'The request does not have access to this service', {
        // The service hands a text where its framework wants a list, and so it comes out in letters.
        'WWW-Authenticate': `T, o, k, e, n, Keystone uri="${keystoneUrl()}"`,
      });
    },
    tenantOf(bearer, tenantId) {
      const mayDelegate = !defects.tenantIdIgnored && hasRole(bearer, delegates);
      return (mayDelegate ? tenantId : undefined) ?? bearer.projectId ?? '';
    },
  };
}

function hasRole(bearer: Bearer, roles: readonly string[]): boolean {
  return bearer.roles.some((role) => roles.includes(role.toLowerCase()));
}
