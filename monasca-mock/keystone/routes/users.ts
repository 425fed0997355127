import { z } from 'zod';
import { checkPassword } from '../auth/login.ts';
import { revokeTokens } from '../auth/tokens.ts';
import { conflict, couldNotFind, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { User } from '../store/records.ts';
import { hashSecret, newId } from '../store/state.ts';
import { projectBody, userBody } from './bodies.ts';
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

const changeable = {
  password: z.string().nullish(),
  enabled: z.boolean().optional(),
  default_project_id: z.string().nullish(),
  domain_id: z.string().optional(),
  options: z.record(z.string(), z.unknown()).optional(),
};
const newUser = z.object({ name: z.string().min(1).max(255), ...changeable }).catchall(z.unknown());
const changedUser = newUser.partial();
const passwordChange = z.strictObject({ password: z.string(), original_password: z.string() });

export function userRoutes(keystone: Keystone): Route[] {
  const one = '/v3/users/:id';
  return [
    ...collectionRoutes(keystone, '/v3/users', { list, create, show, change, remove }),
    {
      method: 'post',
      path: `${one}/password`,
      handle: (exchange) => changePassword(keystone, exchange),
    },
    { method: 'get', path: `${one}/projects`, handle: (exchange) => projects(keystone, exchange) },
  ];
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_users');
  const bodies = keystone.state.users
    .all()
    .map((user) => userBody(user, exchange.origin))
    .filter((user) => matchesQuery(exchange.query, user, ['name', 'domain_id', 'enabled']));
  return listReply(exchange, 'users', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'user', newUser);
  requireRight(keystone, exchange, 'create_user');
  const { name, password, enabled, default_project_id, domain_id, options: _, ...extra } = wanted;
  const domainId = domain_id ?? 'default';
  if (state.domains.get(domainId) === undefined) throw couldNotFind('domain', domainId);
  const taken = state.users.find((user) => user.name === name && user.domainId === domainId);
  if (taken) {
    const detail = `Duplicate entry found with name ${name} at domain ID ${domainId}`;
    throw conflict('user', detail);
  }
  const user = state.users.put({
    id: newId(),
    name,
    domainId,
    enabled: enabled ?? true,
    defaultProjectId: default_project_id ?? null,
    passwordHash: password == null ? null : hashSecret(password),
    extra,
  });
  return { status: 201, json: { user: userBody(user, exchange.origin) } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'get_user', exchange.params['id']);
  const user = userOf(keystone, exchange);
  return { status: 200, json: { user: userBody(user, exchange.origin) } };
}

/** A new password and a disabled account end all tokens of the user for ever. */
function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_user');
  const before = userOf(keystone, exchange);
  const wanted = readMember(exchange, 'user', changedUser);
  const { name, password, enabled, default_project_id, domain_id: _, options, ...extra } = wanted;
  const user = keystone.state.users.put({
    ...before,
    name: name ?? before.name,
    enabled: enabled ?? before.enabled,
    defaultProjectId:
      default_project_id === undefined ? before.defaultProjectId : default_project_id,
    passwordHash: password == null ? before.passwordHash : hashSecret(password),
    extra: { ...before.extra, ...extra },
  });
  if (password != null || enabled === false) {
    revokeTokens(keystone, ({ userId }) => userId === user.id);
  }
  return { status: 200, json: { user: { ...userBody(user, exchange.origin), extra: user.extra } } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_user');
  const { id } = userOf(keystone, exchange);
  removeUser(keystone, id);
  return noContent;
}

/** Needs no token, only the old password; a wrong one counts as a failed login. */
function changePassword(keystone: Keystone, exchange: Exchange): Reply {
  const wanted = readMember(exchange, 'user', passwordChange);
  const user = keystone.state.users.get(exchange.params['id'] ?? '');
  if (user === undefined || !user.enabled) throw unauthorized();
  checkPassword(keystone, user, wanted.original_password);
  keystone.state.users.put({ ...user, passwordHash: hashSecret(wanted.password) });
  revokeTokens(keystone, ({ userId }) => userId === user.id);
  return noContent;
}

function projects(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const userId = exchange.params['id'] ?? '';
  requireRight(keystone, exchange, 'list_user_projects', userId);
  const grants = state.grants.all().filter((grant) => grant.userId === userId);
  const ids = new Set(grants.map(({ scope }) => (scope.kind === 'project' ? scope.id : '')));
  const found = state.projects.all().filter(({ id }) => ids.has(id));
  const bodies = found.map((project) => projectBody(project, exchange.origin));
  return listReply(exchange, 'projects', bodies);
}

export function removeUser({ state }: Keystone, id: string): void {
  for (const grant of state.grants.all()) {
    if (grant.userId === id) state.grants.remove(grant.id);
  }
  for (const credential of state.applicationCredentials.all()) {
    if (credential.userId === id) state.applicationCredentials.remove(credential.id);
  }
  state.users.remove(id);
}

const userOf = ({ state }: Keystone, exchange: Exchange): User =>
  named(state.users, 'user', exchange);
