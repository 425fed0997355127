import type { Token } from '../store/records.ts';
import type { KeystoneState } from '../store/state.ts';
import { scopeId } from './roles.ts';

/** The enabled services with their enabled endpoints, as in the body of a token. */
export function catalogFor(state: KeystoneState, token: Pick<Token, 'userId' | 'scope'>) {
  const projectId = token.scope.kind === 'project' ? scopeId(token.scope) : '';
  return state.services
    .filter((service) => service.enabled)
    .map((service) => ({
      endpoints: state.endpoints
        .filter(({ enabled, serviceId }) => enabled && serviceId === service.id)
        .map((endpoint) => ({
          id: endpoint.id,
          interface: endpoint.interface,
          region_id: endpoint.regionId,
          url: substitute(endpoint.url, projectId, token.userId),
          region: endpoint.regionId,
        })),
      id: service.id,
      type: service.type,
      name: service.name ?? '',
    }));
}

/** Replaces `$(project_id)s`, `$(user_id)s` and their older spellings. */
function substitute(url: string, projectId: string, userId: string): string {
  return url
    .replaceAll(/[$%]\((?:project|tenant)_id\)s/g, projectId)
    .replaceAll(/[$%]\(user_id\)s/g, userId);
}
