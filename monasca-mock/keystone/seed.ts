import { grantId } from './auth/roles.ts';
import type { Endpoint, Role, TokenScope, User } from './store/records.ts';
import { hashSecret, type KeystoneState, newId } from './store/state.ts';

type Account = { user: string; password: string; project: string; role: string };

type Followed = NonNullable<Endpoint['follows']>;

const administrator: Account = {
  user: 'admin',
  password: 'admin-secret',
  project: 'admin',
  role: 'admin',
};

const monascaAccounts: readonly Account[] = [
  { user: 'ge', password: 'ge-secret', project: 'ge', role: 'monasca-user' },
  { user: 'agent', password: 'agent-secret', project: 'ge', role: 'monasca-agent' },
];

/** The accounts of a new mock. */
export const seededAccounts: readonly Account[] = [administrator, ...monascaAccounts];

/** The application credential with which Grafana reads Monasca. */
const credential = { id: 'grafana', secret: 'grafana-secret', user: 'ge' };

/** Fills an empty Keystone as `keystone-manage bootstrap` does; leaves any other unchanged. */
export function bootstrap(state: KeystoneState): void {
  if (state.domains.size() > 0) return;
  state.domains.put({
    id: 'default',
    name: 'Default',
    description: 'The default domain',
    enabled: true,
    extra: {},
  });
  const reader = addRole(state, 'reader', true);
  const member = addRole(state, 'member', true, [reader.id]);
  const admin = addRole(state, 'admin', true, [member.id]);
  const user = addAccount(state, administrator, admin);
  grant(state, user, admin, { kind: 'system' });
  state.regions.put({ id: 'RegionOne', description: '', parentRegionId: null });
  addService(state, 'identity', 'keystone');
}

/** Adds Monasca's roles, accounts and service, unless they exist. */
export function seedMonasca(state: KeystoneState): void {
  if (state.roles.find(({ name }) => name === 'monasca-user')) return;
  for (const name of ['monasca-user', 'monasca-agent', 'monasca-read-only-user']) {
    addRole(state, name, false);
  }
  for (const account of monascaAccounts) {
    const role = state.roles.find(({ name }) => name === account.role);
    if (role) addAccount(state, account, role);
  }
  addService(state, 'monitoring', 'monasca');
}

/** Sets the addresses of the mock in the catalog, which change with its ports. */
export function pointCatalogTo(state: KeystoneState, urls: Record<Followed, string>): void {
  for (const endpoint of state.endpoints.all()) {
    if (endpoint.follows) state.endpoints.put({ ...endpoint, url: urls[endpoint.follows] });
  }
}

function addRole(
  state: KeystoneState,
  name: string,
  immutable: boolean,
  implies: string[] = [],
): Role {
  return state.roles.put({ id: newId(), name, description: null, immutable, implies });
}

function addAccount(state: KeystoneState, account: Account, role: Role): User {
  const named = { domainId: 'default', enabled: true, extra: {} };
  const project =
    state.projects.find(({ name }) => name === account.project) ??
    state.projects.put({
      ...named,
      id: newId(),
      name: account.project,
      description: '',
      parentId: 'default',
    });
  const user = state.users.put({
    ...named,
    id: newId(),
    name: account.user,
    defaultProjectId: null,
    passwordHash: hashSecret(account.password),
  });
  grant(state, user, role, { kind: 'project', id: project.id });
  if (user.name === credential.user) {
    state.applicationCredentials.put({
      id: credential.id,
      name: credential.id,
      description: 'Reads Monasca.',
      userId: user.id,
      projectId: project.id,
      roleIds: [role.id],
      expiresAtMs: null,
      unrestricted: false,
      secretHash: hashSecret(credential.secret),
    });
  }
  return user;
}

function grant(
  state: KeystoneState,
  { id: userId }: User,
  { id: roleId }: Role,
  scope: TokenScope,
): void {
  state.grants.put({ id: grantId(userId, roleId, scope), userId, roleId, scope });
}

function addService(state: KeystoneState, type: string, name: Followed): void {
  const service = state.services.put({ id: newId(), type, name, enabled: true, extra: {} });
  for (const face of ['public', 'internal', 'admin'] as const) {
    state.endpoints.put({
      id: newId(),
      serviceId: service.id,
      interface: face,
      regionId: 'RegionOne',
      url: '',
      enabled: true,
      follows: name,
    });
  }
}
