import type { Token } from '../store/records.ts';
import type { State } from '../store/state.ts';
import { scopeId } from './roles.ts';

/** The enabled services with their enabled endpoints, as tokens carry them. */
export function catalogFor(state: State, token: Pick<Token, 'userId' | 'scope'>) {
  const endpoints = state.endpoints.all().filter((endpoint) => endpoint.enabled);
  const projectId = token.scope.kind === 'project' ? scopeId(token.scope) : '';
  return state.services
    .all()
    .filter((service) => service.enabled)
    .map((service) => ({
      endpoints: endpoints
        .filter((endpoint) => endpoint.serviceId === service.id)
        .map((endpoint) => ({
          id: endpoint.id,
          interface: endpoint.interface,
          region_id: endpoint.regionId,
          url: fillIn(endpoint.url, projectId, token.userId),
          region: endpoint.regionId,
        })),
      id: service.id,
      type: service.type,
      name: service.name ?? '',
    }));
}

/** Endpoint addresses may hold `$(project_id)s` and the like, in two spellings. */
function fillIn(url: string, projectId: string, userId: string): string {
  return url
    .replaceAll(/[$%]\((?:project|tenant)_id\)s/g, projectId)
    .replaceAll(/[$%]\(user_id\)s/g, userId);
}
