import { z } from 'zod';
import { conflict, forbidden } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Role } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { roleBody } from './bodies.ts';
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

const newRole = z.object({
  name: z.string().min(1).max(255),
  description: z.string().optional(),
  domain_id: z.string().nullish(),
  options: z.object({ immutable: z.boolean().nullish() }).optional(),
});
const changedRole = newRole.partial();

export function roleRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/roles', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_roles');
  const bodies = keystone.state.roles
    .all()
    .map((role) => roleBody(role, exchange.origin))
    .filter((role) => matchesQuery(exchange.query, role, ['name']));
  return listReply(exchange, 'roles', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'role', newRole);
  requireRight(keystone, exchange, 'create_role');
  requireFreeName(keystone, wanted.name);
  const role = state.roles.put({
    id: newId(),
    name: wanted.name,
    description: wanted.description ?? null,
    immutable: wanted.options?.immutable === true,
    implies: [],
  });
  return { status: 201, json: { role: roleBody(role, exchange.origin) } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'get_role');
  const role = roleOf(keystone, exchange);
  return { status: 200, json: { role: roleBody(role, exchange.origin) } };
}

function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_role');
  const before = roleOf(keystone, exchange);
  const wanted = readMember(exchange, 'role', changedRole);
  const immutable = wanted.options?.immutable ?? before.immutable;
  if (before.immutable && immutable) throw forbidden('identity:update_role');
  if (wanted.name !== undefined && wanted.name !== before.name) {
    requireFreeName(keystone, wanted.name);
  }
  const role = keystone.state.roles.put({
    ...before,
    name: wanted.name ?? before.name,
    description: wanted.description ?? before.description,
    immutable,
  });
  return { status: 200, json: { role: roleBody(role, exchange.origin) } };
}

/** Grants and application credentials lose the role with it. */
function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_role');
  const { state } = keystone;
  const { id, immutable } = roleOf(keystone, exchange);
  if (immutable) throw forbidden('identity:delete_role');
  for (const grant of state.grants.all()) {
    if (grant.roleId === id) state.grants.remove(grant.id);
  }
  for (const credential of state.applicationCredentials.all()) {
    if (credential.roleIds.includes(id)) state.applicationCredentials.remove(credential.id);
  }
  state.roles.remove(id);
  return noContent;
}

function requireFreeName({ state }: Keystone, name: string): void {
  if (state.roles.find((role) => role.name === name)) {
    throw conflict('role', `Duplicate entry found with name ${name}`);
  }
}

const roleOf = ({ state }: Keystone, exchange: Exchange): Role =>
  named(state.roles, 'role', exchange);
