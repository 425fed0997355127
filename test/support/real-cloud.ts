import { z } from 'zod';
import { type KeystoneSettings, type RealKeystone, startRealKeystone } from './real-keystone.ts';
import { type Reaction, type Received, startTestServer, type TestServer } from './test-server.ts';

/*
 * A small cloud: the real Keystone with a project, a role and an address of Monasca, and for Monasca
 * a server that only validates the tokens of requests with Keystone.
 */

export type Cloud = {
  readonly keystone: RealKeystone;
  readonly monasca: TestServer;
  readonly projectId: string;
  /** Number of tokens that Monasca has refused. */
  refusedTokens(): number;
  /** A request to Keystone as its administrator; returns the body, undefined if it is empty. */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  /** Makes a user with the role to write metrics; returns the user's id. */
  addUser(name: string, password: string): Promise<string>;
  /** Grants or revokes the role to write metrics. */
  allow(userId: string, allowed: boolean): Promise<unknown>;
  /** Makes an application credential of a user; returns its id and secret. */
  addCredential(
    userId: string,
    password: string,
    name: string,
  ): Promise<{ id: string; secret: string }>;
  deleteCredential(userId: string, password: string, id: string): Promise<unknown>;
  stop(): Promise<void>;
};

const withId = z.object({ id: z.string() });

/** Rejects when `abandoned` aborts, and then leaves nothing behind. */
export async function startCloud(
  settings: KeystoneSettings,
  abandoned: AbortSignal,
): Promise<Cloud> {
  const keystone = await startRealKeystone(settings, abandoned);
  const monasca = await startTestServer();
  try {
    const cloud = await prepareCloud(keystone, monasca);
    abandoned.throwIfAborted();
    return cloud;
  } catch (error) {
    await monasca.stop();
    await keystone.stop();
    throw error;
  }
}

async function prepareCloud(keystone: RealKeystone, monasca: TestServer): Promise<Cloud> {
  let refusedTokens = 0;
  monasca.react(async (request) => {
    const reaction = await judge(keystone.url, request);
    if (reaction === tokenRefused) refusedTokens += 1;
    return reaction;
  });

  // A token for each request, because the tests revoke tokens in several ways.
  const admin = async (method: string, path: string, body?: object) => {
    const token = await logInAs(keystone, 'admin', keystone.adminPassword, 'admin');
    return ask(keystone.url, token, method, path, body);
  };
  const project = z
    .object({ project: withId })
    .parse(await admin('POST', '/projects', { project: { name: 'ge', domain_id: 'default' } }));
  const role = z
    .object({ role: withId })
    .parse(await admin('POST', '/roles', { role: { name: 'monasca-user' } }));
  // A user without any role gets no token for the project.
  const reader = z
    .object({ roles: z.array(withId) })
    .parse(await admin('GET', '/roles?name=reader'));
  const assignment = (userId: string, roleId: string) =>
    `/projects/${project.project.id}/users/${userId}/roles/${roleId}`;
  await addMonascaToCatalog(admin, monasca.url);

  return {
    keystone,
    monasca,
    projectId: project.project.id,
    refusedTokens: () => refusedTokens,
    admin,
    async addUser(name, password) {
      const { user } = z
        .object({ user: withId })
        .parse(await admin('POST', '/users', { user: { name, password, domain_id: 'default' } }));
      for (const { id } of [role.role, ...reader.roles])
        await admin('PUT', assignment(user.id, id));
      return user.id;
    },
    allow: (userId, allowed) => admin(allowed ? 'PUT' : 'DELETE', assignment(userId, role.role.id)),
    async addCredential(userId, password, name) {
      const token = await logInAs(keystone, userId, password, 'ge');
      const path = `/users/${userId}/application_credentials`;
      return z
        .object({ application_credential: withId.extend({ secret: z.string() }) })
        .parse(await ask(keystone.url, token, 'POST', path, { application_credential: { name } }))
        .application_credential;
    },
    async deleteCredential(userId, password, id) {
      const token = await logInAs(keystone, userId, password, 'ge');
      return ask(keystone.url, token, 'DELETE', `/users/${userId}/application_credentials/${id}`);
    },
    async stop() {
      await monasca.stop();
      await keystone.stop();
    },
  };
}

/** Addresses of Monasca in the catalog: the right one, and others that differ by one property. */
async function addMonascaToCatalog(admin: Cloud['admin'], url: string): Promise<void> {
  await admin('POST', '/regions', { region: { id: 'RegionTwo' } });
  const { service } = z
    .object({ service: withId })
    .parse(await admin('POST', '/services', { service: { type: 'monitoring', name: 'monasca' } }));
  const endpoints = [
    { interface: 'public', region_id: 'RegionOne', url: `${url}/v2.0` },
    { interface: 'internal', region_id: 'RegionOne', url: 'http://monasca.internal:8070' },
    { interface: 'public', region_id: 'RegionTwo', url: 'http://monasca.two:8070/v2.0/' },
  ];
  for (const endpoint of endpoints) {
    await admin('POST', '/endpoints', { endpoint: { ...endpoint, service_id: service.id } });
  }
}

const tokenRefused: Reaction = {
  status: 401,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code: 401, message: 'Unauthorized', title: 'Unauthorized' } }),
};
const roleMissing: Reaction = {
  status: 401,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ title: 'Forbidden', description: 'no access to this service' }),
};

/** Monasca's response to a request with metrics, which depends on its token. */
async function judge(keystoneUrl: string, { headers, path }: Received): Promise<Reaction> {
  const token = String(headers['x-auth-token']);
  const answer = await fetch(`${keystoneUrl}/v3/auth/tokens?nocatalog`, {
    headers: { 'x-auth-token': token, 'x-subject-token': token },
  });
  const body = await answer.text();
  if (!answer.ok) return tokenRefused;
  const roles = z
    .object({ token: z.object({ roles: z.array(z.object({ name: z.string() })) }) })
    .parse(JSON.parse(body)).token.roles;
  if (!roles.some(({ name }) => name === 'monasca-user')) return roleMissing;
  return { status: path === '/v2.0/metrics' ? 204 : 404 };
}

/** A token of Keystone's, requested without the code under test; `user` is a name or an id. */
export async function logInAs(
  keystone: RealKeystone,
  user: string,
  password: string,
  project: string,
): Promise<string> {
  const domain = { id: 'default' };
  const who = /^[0-9a-f]{32}$/.test(user) ? { id: user } : { name: user, domain };
  const identity = { methods: ['password'], password: { user: { ...who, password } } };
  const answer = await fetch(`${keystone.url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } }),
  });
  await answer.text();
  return answer.headers.get('x-subject-token') ?? `refused with ${answer.status}`;
}

async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${url}/v3${path}`, {
    method,
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`Keystone answers ${answer.status} to ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
