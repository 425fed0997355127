import { z } from 'zod';
import type { Keystone } from '../keystone.ts';
import type { Service } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { serviceBody } from './bodies.ts';
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

const newService = z
  .object({
    type: z.string().min(1).max(255),
    name: z.string().min(1).max(255).optional(),
    enabled: z.boolean().optional(),
  })
  .catchall(z.unknown());
const changedService = newService.partial();

export function serviceRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/services', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_services');
  const bodies = keystone.state.services
    .all()
    .map((service) => serviceBody(service, exchange.origin))
    .filter((service) => matchesQuery(exchange.query, service, ['type', 'name']));
  return listReply(exchange, 'services', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { type, name, enabled, ...extra } = readMember(exchange, 'service', newService);
  requireRight(keystone, exchange, 'create_service');
  const service = keystone.state.services.put({
    id: newId(),
    type,
    name: name ?? null,
    enabled: enabled ?? true,
    extra,
  });
  return { status: 201, json: { service: serviceBody(service, exchange.origin) } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'get_service');
  const service = serviceOf(keystone, exchange);
  return { status: 200, json: { service: serviceBody(service, exchange.origin) } };
}

function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_service');
  const before = serviceOf(keystone, exchange);
  const { type, name, enabled, ...extra } = readMember(exchange, 'service', changedService);
  const service = keystone.state.services.put({
    ...before,
    type: type ?? before.type,
    name: name ?? before.name,
    enabled: enabled ?? before.enabled,
    extra: { ...before.extra, ...extra },
  });
  return { status: 200, json: { service: serviceBody(service, exchange.origin) } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_service');
  const { state } = keystone;
  const { id } = serviceOf(keystone, exchange);
  for (const endpoint of state.endpoints.all()) {
    if (endpoint.serviceId === id) state.endpoints.remove(endpoint.id);
  }
  state.services.remove(id);
  return noContent;
}

const serviceOf = ({ state }: Keystone, exchange: Exchange): Service =>
  named(state.services, 'service', exchange);
