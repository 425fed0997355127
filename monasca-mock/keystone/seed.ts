import { grantId } from './auth/roles.ts';
import type { Endpoint, Role, Scope, User } from './store/records.ts';
import type { State } from './store/state.ts';
import { hashSecret, newId } from './store/state.ts';

export type Account = { user: string; password: string; project: string; role: string };

const administrator: Account = {
  user: 'admin',
  password: 'admin-secret',
  project: 'admin',
  role: 'admin',
};

/** Who can log in from the start. */
export const seededAccounts: readonly Account[] = [
  administrator,
  { user: 'ge', password: 'ge-secret', project: 'ge', role: 'monasca-user' },
  { user: 'agent', password: 'agent-secret', project: 'ge', role: 'monasca-agent' },
];

/** An application credential from the start, for whoever reads Monasca straight: Grafana. */
export const seededCredential = { id: 'grafana', secret: 'grafana-secret', user: 'ge' };

/** Fills an empty Keystone as `keystone-manage bootstrap` does; leaves any other as it is. */
export function bootstrap(state: State): void {
  if (state.domains.all().length > 0) return;
  state.domains.put({
    id: 'default',
    name: 'Default',
    description: 'The default domain',
    enabled: true,
    extra: {},
  });
  const reader = addRole(state, 'reader', []);
  const member = addRole(state, 'member', [reader]);
  const admin = addRole(state, 'admin', [member]);
  const user = addAccount(state, administrator, admin);
  grant(state, user, admin, { kind: 'system' });
  state.regions.put({ id: 'RegionOne', description: '', parentRegionId: null });
  addService(state, 'identity', 'keystone', 'keystone');
}

/** Monasca's roles and accounts and its place in the catalog, once. */
export function seedMonasca(state: State): void {
  if (state.roles.find(({ name }) => name === 'monasca-user')) return;
  for (const name of ['monasca-user', 'monasca-agent', 'monasca-read-only-user']) {
    state.roles.put({ id: newId(), name, description: null, immutable: false, implies: [] });
  }
  for (const account of seededAccounts) {
    const role = state.roles.find(({ name }) => name === account.role);
    if (!role || account === administrator) continue;
    const user = addAccount(state, account, role);
    if (account.user === seededCredential.user) addCredential(state, user, role);
  }
  addService(state, 'monitoring', 'monasca', 'monasca');
}

/** The ports may be others than in the run that made the catalog. */
export function pointCatalogTo(
  state: State,
  urls: Record<NonNullable<Endpoint['follows']>, string>,
): void {
  for (const endpoint of state.endpoints.all()) {
    if (endpoint.follows === null) continue;
    state.endpoints.put({ ...endpoint, url: urls[endpoint.follows] });
  }
}

function addRole(state: State, name: string, implies: Role[]): Role {
  const ids = implies.map(({ id }) => id);
  return state.roles.put({ id: newId(), name, description: null, immutable: true, implies: ids });
}

function addAccount(state: State, account: Account, role: Role): User {
  const project =
    state.projects.find(({ name }) => name === account.project) ??
    state.projects.put({
      id: newId(),
      name: account.project,
      domainId: 'default',
      description: '',
      enabled: true,
      parentId: 'default',
      extra: {},
    });
  const user = state.users.put({
    id: newId(),
    name: account.user,
    domainId: 'default',
    enabled: true,
    defaultProjectId: null,
    passwordHash: hashSecret(account.password),
    extra: {},
  });
  grant(state, user, role, { kind: 'project', id: project.id });
  return user;
}

function addCredential(state: State, user: User, role: Role): void {
  const { id, secret } = seededCredential;
  const project = state.grants.find((one) => one.userId === user.id)?.scope;
  state.applicationCredentials.put({
    id,
    name: id,
    description: 'Reads Monasca.',
    userId: user.id,
    projectId: project?.kind === 'project' ? project.id : null,
    roleIds: [role.id],
    expiresAtMs: null,
    unrestricted: false,
    secretHash: hashSecret(secret),
  });
}

function grant(state: State, { id: userId }: User, { id: roleId }: Role, scope: Scope): void {
  state.grants.put({ id: grantId(userId, roleId, scope), userId, roleId, scope });
}

function addService(
  state: State,
  type: string,
  name: string,
  follows: NonNullable<Endpoint['follows']>,
): void {
  const service = state.services.put({ id: newId(), type, name, enabled: true, extra: {} });
  for (const face of ['public', 'internal', 'admin'] as const) {
    state.endpoints.put({
      id: newId(),
      serviceId: service.id,
      interface: face,
      regionId: 'RegionOne',
      url: '',
      enabled: true,
      follows,
    });
  }
}
