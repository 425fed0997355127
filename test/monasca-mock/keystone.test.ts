import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Mock, type MockOptions, startMock } from '../../monasca-mock/mock.ts';
import { identity, logIn, metric, passwordLogin, postMetrics, tryLogin } from './client.ts';

let mock: Mock;
let nowMs: number;
const start = async (options: MockOptions = {}) => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0, now: () => nowMs, ...options });
};

beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 1);
});
afterEach(() => mock.close());

describe('a seeded Keystone', () => {
  it('has three accounts, with their roles and the catalog of a Monasca user', async () => {
    await start();
    const rolesOf = async (user: string, project: string) => {
      const response = await tryLogin(mock, passwordLogin(user, project));
      const { token } = JSON.parse(await response.text());
      return token.roles.map(({ name }: { name: string }) => name).toSorted();
    };
    expect(await rolesOf('admin', 'admin')).toEqual(['admin', 'member', 'reader']);
    expect(await rolesOf('ge', 'ge')).toEqual(['monasca-user']);
    expect(await rolesOf('agent', 'ge')).toEqual(['monasca-agent']);
    const { json } = await identity(mock, await logIn(mock, 'ge'), 'GET', '/auth/catalog');
    const addresses = json.catalog.map(
      ({ type, endpoints }: { type: string; endpoints: { interface: string; url: string }[] }) => [
        type,
        endpoints.map((endpoint) => `${endpoint.interface} ${endpoint.url}`),
      ],
    );
    const faces = ['public', 'internal', 'admin'];
    expect(addresses).toEqual([
      ['identity', faces.map((face) => `${face} ${mock.keystoneUrl}`)],
      ['monitoring', faces.map((face) => `${face} ${mock.monascaUrl}`)],
    ]);
  });

  it('issues tokens of 183 characters with the configured lifetime', async () => {
    await start({ settings: { tokenLifetimeSeconds: 5 } });
    nowMs += 700;
    const token = await logIn(mock, 'ge');
    expect(token).toMatch(/^gAAAAA[\w-]{177}$/);
    const valid = async () => (await identity(mock, token, 'GET', '/auth/catalog')).status;
    // Whole seconds: a token that is issued at .7 s expires at the end of a second.
    nowMs += 4200;
    expect(await valid()).toBe(200);
    nowMs += 100;
    expect(await valid()).toBe(401);
    expect((await postMetrics(mock, token, metric())).status).toBe(401);
    const admin = await logIn(mock, 'admin');
    const validation = await fetch(`${mock.keystoneUrl}/auth/tokens`, {
      headers: { 'X-Auth-Token': admin, 'X-Subject-Token': token },
    });
    expect(validation.status).toBe(404);
  });

  it('makes new roles, lost roles and disabled users effective in Monasca at once', async () => {
    await start();
    const admin = await logIn(mock, 'admin');
    const token = await logIn(mock, 'ge');
    const post = async () => (await postMetrics(mock, token, metric())).status;
    const one = async (path: string, member: string) =>
      (await identity(mock, admin, 'GET', path)).json[member][0].id;
    const user = await one('/users?name=ge', 'users');
    const project = await one('/projects?name=ge', 'projects');
    const role = await one('/roles?name=monasca-user', 'roles');
    const reader = await one('/roles?name=monasca-read-only-user', 'roles');
    const grants = `/projects/${project}/users/${user}/roles`;

    expect(await post()).toBe(204);
    await identity(mock, admin, 'PUT', `${grants}/${reader}`);
    await identity(mock, admin, 'DELETE', `${grants}/${role}`);
    expect(await post()).toBe(401);
    await identity(mock, admin, 'PUT', `${grants}/${role}`);
    expect(await post()).toBe(204);
    await identity(mock, admin, 'PATCH', `/users/${user}`, { user: { enabled: false } });
    await identity(mock, admin, 'PATCH', `/users/${user}`, { user: { enabled: true } });
    expect(await post()).toBe(401);
  });

  it('rejects a body that is too large, and responds to unknown paths and methods', async () => {
    await start();
    const large = await tryLogin(mock, { auth: 'x'.repeat(120_000) });
    expect(large.status).toBe(413);
    expect(large.headers.get('content-type')).toMatch('text/html');
    expect((await fetch(new URL('/v2.0', mock.keystoneUrl))).status).toBe(404);
    expect((await fetch(`${mock.keystoneUrl}/auth/tokens`, { method: 'PUT' })).status).toBe(405);
  });

  it('keeps users, tokens and measurements in a file, and adapts the catalog to other ports', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mock-'));
    const databaseFile = join(folder, 'mock.sqlite');
    try {
      await start({ databaseFile });
      const admin = await logIn(mock, 'admin');
      const token = await logIn(mock, 'ge');
      const revoked = await logIn(mock, 'ge');
      await fetch(`${mock.keystoneUrl}/auth/tokens`, {
        method: 'DELETE',
        headers: { 'X-Auth-Token': revoked, 'X-Subject-Token': revoked },
      });
      await identity(mock, admin, 'POST', '/users', { user: { name: 'new', password: 'new' } });
      await postMetrics(mock, token, metric());
      const before = mock.monascaUrl;
      await mock.close();

      await start({ databaseFile, publicHost: 'mock.example' });
      const users = await identity({ ...mock, keystoneUrl: local() }, admin, 'GET', '/users');
      expect(users.json.users.map(({ name }: { name: string }) => name)).toEqual([
        'admin',
        'ge',
        'agent',
        'new',
      ]);
      const { json } = await identity(
        { ...mock, keystoneUrl: local() },
        token,
        'GET',
        '/auth/catalog',
      );
      expect(json.catalog[1].endpoints[0].url).toBe(mock.monascaUrl);
      expect(mock.monascaUrl).not.toBe(before);
      const again = await identity(
        { ...mock, keystoneUrl: local() },
        revoked,
        'GET',
        '/auth/catalog',
      );
      expect(again.status).toBe(401);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The real address of the mock, whose public name does not resolve. */
function local(): string {
  return mock.keystoneUrl.replace('mock.example', '127.0.0.1');
}

describe('an application credential', () => {
  const createOne = async (changes: object) => {
    const admin = await logIn(mock, 'admin');
    const { json } = await identity(mock, admin, 'GET', '/users?name=ge');
    const application_credential = { name: 'one', ...changes };
    const path = `/users/${json.users[0].id}/application_credentials`;
    return identity(mock, await logIn(mock, 'ge'), 'POST', path, {
      application_credential,
    });
  };
  const namesOf = (roles: { name: string }[]) => roles.map(({ name }) => name);
  const grant = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${mock.keystoneUrl}/OS-OAUTH2/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(fields),
    });

  it("has its creator's roles if the list of roles is empty, as the openstack command sends it", async () => {
    await start();
    const { status, json } = await createOne({ roles: [], access_rules: null });
    expect(status).toBe(201);
    const { id, secret, roles } = json.application_credential;
    expect(namesOf(roles)).toEqual(['monasca-user']);
    const login = await tryLogin(mock, {
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { id, secret },
        },
      },
    });
    expect(namesOf(JSON.parse(await login.text()).token.roles)).toEqual(['monasca-user']);
  });

  it('gives a token to an OAuth 2.0 client that sends it in the form', async () => {
    await start();
    const client = { client_id: 'grafana', client_secret: 'grafana-secret' };
    const granted = await grant({ grant_type: 'client_credentials', ...client });
    expect(granted.status).toBe(200);
    const { access_token: token } = JSON.parse(await granted.text());
    expect((await identity(mock, token, 'GET', '/auth/catalog')).status).toBe(200);
  });

  it.each<[string, Record<string, string>, Record<string, string>, number, string]>([
    ['a wrong secret', { client_id: 'grafana', client_secret: 'no' }, {}, 401, 'invalid_client'],
    ['no secret', { client_id: 'grafana' }, {}, 401, 'invalid_client'],
    ['no id', { client_secret: 'grafana-secret' }, {}, 401, 'invalid_client'],
    [
      'a wrong secret in the header beside a right one',
      { client_id: 'grafana', client_secret: 'grafana-secret' },
      { authorization: `Basic ${Buffer.from('grafana:no').toString('base64')}` },
      401,
      'invalid_client',
    ],
  ])('gives none for %s', async (_, client, headers, status, error) => {
    await start();
    const refused = await grant({ grant_type: 'client_credentials', ...client }, headers);
    expect([refused.status, JSON.parse(await refused.text()).error]).toEqual([status, error]);
  });
});
