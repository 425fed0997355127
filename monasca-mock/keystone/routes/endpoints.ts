import { z } from 'zod';
import { expecting } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Endpoint } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { endpointBody } from './bodies.ts';
import {
  collectionRoutes,
  type Exchange,
  listReply,
  matchesQuery,
  named,
  noContent,
  type Reply,
  type Route,
  readMember,
  requireRight,
} from './route.ts';

const newEndpoint = z.object({
  service_id: z.string(),
  interface: z.enum(['public', 'internal', 'admin']),
  url: z.string().min(1),
  region_id: z.string().nullish(),
  region: z.string().optional(),
  enabled: z.boolean().optional(),
});
const changedEndpoint = newEndpoint.partial();

export function endpointRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/endpoints', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_endpoints');
  const filters = ['interface', 'service_id', 'region_id'];
  const bodies = keystone.state.endpoints
    .all()
    .map((endpoint) => endpointBody(endpoint, exchange.origin))
    .filter((endpoint) => matchesQuery(exchange.query, endpoint, filters));
  return listReply(exchange, 'endpoints', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'endpoint', newEndpoint);
  requireRight(keystone, exchange, 'create_endpoint');
  if (state.services.get(wanted.service_id) === undefined) {
    throw expecting('endpoint service_id', 'service table');
  }
  const endpoint = state.endpoints.put({
    id: newId(),
    serviceId: wanted.service_id,
    interface: wanted.interface,
    regionId: regionFor(keystone, wanted) ?? null,
    url: wanted.url,
    enabled: wanted.enabled ?? true,
    follows: null,
  });
  return { status: 201, json: { endpoint: endpointBody(endpoint, exchange.origin) } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'get_endpoint');
  const endpoint = endpointOf(keystone, exchange);
  return { status: 200, json: { endpoint: endpointBody(endpoint, exchange.origin) } };
}

function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_endpoint');
  const before = endpointOf(keystone, exchange);
  const wanted = readMember(exchange, 'endpoint', changedEndpoint);
  const regionId = regionFor(keystone, wanted);
  const endpoint = keystone.state.endpoints.put({
    ...before,
    serviceId: wanted.service_id ?? before.serviceId,
    interface: wanted.interface ?? before.interface,
    regionId: regionId === undefined ? before.regionId : regionId,
    url: wanted.url ?? before.url,
    enabled: wanted.enabled ?? before.enabled,
    // An address that somebody chose stays as chosen.
    follows: wanted.url === undefined ? before.follows : null,
  });
  return { status: 200, json: { endpoint: endpointBody(endpoint, exchange.origin) } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_endpoint');
  keystone.state.endpoints.remove(endpointOf(keystone, exchange).id);
  return noContent;
}

/** `region_id` must exist; the older `region` makes the region where there is none. */
function regionFor(
  { state }: Keystone,
  wanted: { region_id?: string | null | undefined; region?: string | undefined },
): string | null | undefined {
  if (wanted.region_id != null && state.regions.get(wanted.region_id) === undefined) {
    throw expecting('endpoint region_id', 'region table');
  }
  const { region } = wanted;
  if (wanted.region_id !== undefined || region === undefined) return wanted.region_id;
  if (state.regions.get(region) === undefined) {
    state.regions.put({ id: region, description: '', parentRegionId: null });
  }
  return region;
}

const endpointOf = ({ state }: Keystone, exchange: Exchange): Endpoint =>
  named(state.endpoints, 'endpoint', exchange);
