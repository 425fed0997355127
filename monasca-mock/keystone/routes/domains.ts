import { z } from 'zod';
import { revokeTokens } from '../auth/tokens.ts';
import { conflict, refused } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Domain } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { domainBody } from './bodies.ts';
import { removeProject } from './projects.ts';
import {
  callerOf,
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
import { removeUser } from './users.ts';

const newDomain = z
  .object({
    name: z.string().min(1).max(64),
    description: z.string().nullish(),
    enabled: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    options: z.record(z.string(), z.unknown()).optional(),
  })
  .catchall(z.unknown());
const changedDomain = newDomain.partial();

export function domainRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/domains', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_domains');
  const bodies = keystone.state.domains
    .all()
    .map((domain) => domainBody(domain, exchange.origin))
    .filter((domain) => matchesQuery(exchange.query, domain, ['name', 'enabled']));
  return listReply(exchange, 'domains', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'domain', newDomain);
  requireRight(keystone, exchange, 'create_domain');
  const { name, description, enabled, tags, options, ...extra } = wanted;
  if (state.domains.find((other) => other.name === name)) {
    const detail = `it is not permitted to have two projects acting as domains with the same name: ${name}`;
    throw conflict('project', detail);
  }
  const domain = state.domains.put({
    id: newId(),
    name,
    description: description ?? '',
    enabled: enabled ?? true,
    extra,
  });
  return { status: 201, json: { domain: domainBody(domain, exchange.origin) } };
}

/** Everybody may look at the own domain. */
function show(keystone: Keystone, exchange: Exchange): Reply {
  const { user } = callerOf(keystone, exchange);
  const isOwn = user.domainId === exchange.params['id'];
  requireRight(keystone, exchange, 'get_domain', isOwn ? user.id : undefined);
  const domain = domainOf(keystone, exchange);
  return { status: 200, json: { domain: domainBody(domain, exchange.origin) } };
}

function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_domain');
  const before = domainOf(keystone, exchange);
  const wanted = readMember(exchange, 'domain', changedDomain);
  const { name, description, enabled, tags, options, ...extra } = wanted;
  const domain = keystone.state.domains.put({
    ...before,
    name: name ?? before.name,
    description: description ?? before.description,
    enabled: enabled ?? before.enabled,
    extra: { ...before.extra, ...extra },
  });
  if (enabled === false) {
    const members = new Set(membersOf(keystone, domain.id).map(({ id }) => id));
    revokeTokens(keystone, ({ userId }) => members.has(userId));
  }
  return { status: 200, json: { domain: domainBody(domain, exchange.origin) } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_domain');
  const { state } = keystone;
  const { id, enabled } = domainOf(keystone, exchange);
  if (enabled) {
    throw refused('Cannot delete a domain that is enabled, please disable it first.');
  }
  for (const user of membersOf(keystone, id)) removeUser(keystone, user.id);
  for (const project of state.projects.all()) {
    if (project.domainId === id) removeProject(keystone, project.id);
  }
  for (const grant of state.grants.all()) {
    if (grant.scope.kind === 'domain' && grant.scope.id === id) state.grants.remove(grant.id);
  }
  state.domains.remove(id);
  return noContent;
}

function membersOf({ state }: Keystone, domainId: string) {
  return state.users.all().filter((user) => user.domainId === domainId);
}

const domainOf = ({ state }: Keystone, exchange: Exchange): Domain =>
  named(state.domains, 'domain', exchange);
