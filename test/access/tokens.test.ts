import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';
import { bearer, entryOf, makeToken, type TestToken } from '../support/tokens.ts';

const fleet = makeToken('fleet', { scopes: ['ingest'] });
const orion = makeToken('orion', { scopes: ['ingest'], components: ['Orion*', 'orion'] });
const rotated = makeToken('orion', { scopes: ['ingest'], components: ['Orion*', 'orion'] });
const reader = makeToken('reader', { scopes: ['read'] });
const admin = makeToken('ops', { scopes: ['admin'] });
const all = makeToken('all', { scopes: ['ingest', 'read', 'admin'] });
const old = makeToken('old', { scopes: ['read'], expiresAt: '2020-01-01' });
const configured = [fleet, orion, rotated, reader, admin, all, old];
const stranger = makeToken('stranger', { scopes: ['ingest', 'read', 'admin'] });

let service: LocalService;
beforeAll(async () => {
  service = await startService({
    HEARTBEAT_AUTH_TOKENS: JSON.stringify(configured.map(entryOf)),
    HEARTBEAT_LOG_LEVEL: 'trace',
    // None is there; an attempt is enough.
    HEARTBEAT_NOTIFIERS:
      '[{name: hook, type: webhook, url: "http://127.0.0.1:9/", allowPrivate: true}]',
  });
});
afterAll(async () => {
  await service.stop();
  const log = JSON.stringify(service.lines);
  for (const { token, hash } of [...configured, stranger]) {
    expect(log).not.toContain(token.slice(14));
    expect(log).not.toContain(hash.slice(18));
  }
});

type Headers = Readonly<Record<string, string>>;

const ask = (method: string, target: string, headers: Headers = {}, body?: string) =>
  exchange(service.port, requestText(method, target, { headers, body }));
const beatOf = (name: string, instance = 'c1') =>
  JSON.stringify({ name, version: '1.0', instance });
const send = (token: TestToken, body: string) =>
  ask('POST', '/api/v1/heartbeats', bearer(token), body);
const refused = (status: number, code: string, detail: string) => ({
  status,
  body: expect.stringMatching(new RegExp(`"code":"${code}","detail":"[^"]*${detail}`)),
});

describe('a token', () => {
  it('lets those in who have it, two of them at once', async () => {
    expect(await send(fleet, beatOf('Orion'))).toMatchObject({ status: 202 });
    expect(await send(orion, beatOf('Orion'))).toMatchObject({ status: 202 });
    expect(await send(rotated, beatOf('Orion'))).toMatchObject({ status: 202 });
  });

  it('is required', async () => {
    const answer = await ask('GET', '/api/v1/instances');
    expect(answer).toMatchObject(refused(401, 'unauthorized', 'scope read'));
    expect(answer.headers).toMatchObject({
      'www-authenticate': 'Bearer realm=\\"ge-heartbeat\\"'.replaceAll('\\', ''),
    });
  });

  it('is sent under the name of the scheme in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER  ']) {
      const headers = { authorization: `${scheme} ${reader.token}` };
      expect(await ask('GET', '/api/v1/instances', headers)).toMatchObject({ status: 200 });
    }
    // Each spelling that is good is remembered.
    const headers = { authorization: `Bearer${' '.repeat(5)}${reader.token}` };
    expect(await ask('GET', '/api/v1/instances', headers)).toMatchObject({ status: 401 });
  });

  it.each([
    ['nothing', '', 'malformed'],
    ['another scheme', 'Basic YTpi', 'malformed'],
    ['no scheme', reader.token, 'malformed'],
    ['two tokens', `Bearer ${reader.token} ${reader.token}`, 'malformed'],
    ['a hash', `Bearer ${reader.hash}`, 'malformed'],
    ['a token of another service', `Bearer ${stranger.token}`, 'unknown'],
    ['the id of one and the secret of another', mixed(reader, admin), 'unknown'],
    ['another secret', `Bearer ${reader.token.slice(0, -3)}abc`, 'unknown'],
    ['one that has expired', `Bearer ${old.token}`, 'expired'],
  ])('is not: %s', async (_, authorization, reason) => {
    const before = await refusals(reason);
    const answer = await ask('GET', '/api/v1/instances', { authorization });
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.body).not.toContain(reader.token);
    expect(await refusals(reason)).toBe(before + 1);
  });

  it('gives access by its scopes and to nothing else', async () => {
    const deletion = '/api/v1/instances/Orion/1.0/c1';
    expect(await ask('GET', '/api/v1/instances', bearer(fleet))).toMatchObject(
      refused(403, 'forbidden', 'fleet has the scopes ingest; this needs the scope read'),
    );
    expect(await send(reader, beatOf('Orion'))).toMatchObject(
      refused(403, 'forbidden', 'reader has the scopes read'),
    );
    expect(await ask('DELETE', deletion, bearer(reader))).toMatchObject({ status: 403 });
    expect(await ask('GET', '/api/v1/instances', bearer(admin))).toMatchObject({ status: 403 });
    expect(await ask('GET', '/api/v1/instances', bearer(all))).toMatchObject({ status: 200 });
  });

  it('that is bound to components sends for no others', async () => {
    expect(await send(orion, beatOf('Keyrock'))).toMatchObject(
      refused(403, 'forbidden', 'a component that orion may send .Orion., orion.; got'),
    );
    expect(await send(orion, `[${beatOf('Keyrock')},${beatOf('Cygnus')}]`)).toMatchObject({
      status: 403,
      body: expect.stringContaining('"index":1'),
    });
    const mixed = await send(orion, `[${beatOf('Keyrock')},${beatOf('Orion-LD')},{}]`);
    expect(mixed.status).toBe(202);
    expect(JSON.parse(mixed.body)).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, errors: [{ path: '$[0].name', got: '"Keyrock"' }] }, { index: 2 }],
    });
    // What is wrong and not only forbidden can be mended by the sender.
    expect(await send(orion, `[${beatOf('Keyrock')},{}]`)).toMatchObject({ status: 400 });
    expect(await names()).not.toContain('Keyrock');
  });

  it('can follow the path of /beat, and of nothing else', async () => {
    const body = '{"ID":"c9","Enabler_ID":"Orion","Enabler_Version":"1.0"}';
    expect(await ask('POST', `/beat/${orion.token}`, {}, body)).toMatchObject({ status: 200 });
    expect(await ask('POST', `/beat/${orion.token}?a=b`, {}, body)).toMatchObject({ status: 200 });
    expect(await ask('POST', '/beat', bearer(orion), body)).toMatchObject({ status: 200 });
    expect(await ask('POST', '/beat', {}, body)).toMatchObject({ status: 401 });
    expect(await ask('POST', `/beat/${reader.token}`, {}, body)).toMatchObject({ status: 403 });
    expect(await ask('POST', `/beat/${stranger.token}`, {}, body)).toMatchObject({ status: 401 });
    expect(await ask('POST', `/beat/${orion.token.slice(0, 30)}`, {}, body)).toMatchObject({
      status: 401,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    const other = body.replace('Orion', 'Keyrock');
    expect(await ask('POST', `/beat/${orion.token}`, {}, other)).toMatchObject({
      status: 403,
      body: expect.stringContaining('Enabler_ID: expected a component that orion may send'),
    });
    expect(await ask('GET', `/api/v1/instances/${all.token}`)).toMatchObject({ status: 404 });
    expect(await ask('POST', `/api/v1/heartbeats/${all.token}`)).toMatchObject({ status: 404 });
    expect(await ask('GET', `/status/${all.token}`)).toMatchObject({ status: 404 });
  });

  it('is not required of health probes', async () => {
    for (const path of ['/health/live', '/health/ready', '/status', '/metrics']) {
      expect(await ask('GET', path)).toMatchObject({ status: 200 });
      // Also with other credentials.
      const headers = { authorization: 'Basic x' };
      expect(await ask('GET', path, headers)).toMatchObject({ status: 200 });
    }
    expect(await ask('GET', '/health')).toMatchObject({ status: 401 });
    expect(await ask('GET', '/health', bearer(reader))).toMatchObject({ status: 200 });
  });

  it('says who it was that changed something', async () => {
    const body = '{"lateSeconds":61}';
    expect(await ask('PATCH', '/api/v1/params', bearer(admin), body)).toMatchObject({
      status: 200,
    });
    const { body: events } = await ask('GET', '/api/v1/events?kind=params.changed', bearer(reader));
    expect(JSON.parse(events)).toMatchObject({
      events: [{ data: { details: { by: 'ops (127.0.0.1)' } } }],
    });
  });
});

describe('what an admin does', () => {
  it('is an event with the caller and the address, also where it has no other event', async () => {
    const test = '/api/v1/notifications/test';
    const outcome = await ask('POST', test, bearer(admin), '{"notifier":"hook"}');
    expect(outcome).toMatchObject({ status: 200 });
    expect(await ask('POST', test, bearer(admin), '{"notifier":"x"}')).toMatchObject({
      status: 400,
    });
    const silence = JSON.stringify({
      matchers: { name: 'x' },
      durationSeconds: 60,
      reason: 'r',
      author: 'a',
    });
    expect(await ask('POST', '/api/v1/silences', bearer(admin), silence)).toMatchObject({
      status: 201,
    });
    expect(await send(fleet, beatOf('Orion', 'gone'))).toMatchObject({ status: 202 });
    const gone = '/api/v1/instances/Orion/1.0/gone';
    expect(await ask('DELETE', gone, bearer(admin))).toMatchObject({ status: 204 });
    const { body } = await ask(
      'GET',
      '/api/v1/events?kind=silence.created,retired,admin.acted',
      bearer(reader),
    );
    const { events } = JSON.parse(body);
    expect(events).toHaveLength(3);
    expect(JSON.stringify(events)).toContain(
      'POST /api/v1/notifications/test, by ops (127.0.0.1).',
    );
    for (const event of events) expect(JSON.stringify(event)).toContain('ops (127.0.0.1)');
    const done = service.lines.filter(({ msg }) => msg === 'an admin changed something');
    expect(done.map(({ by, action }) => [by, action])).toEqual([
      ['ops (127.0.0.1)', 'PATCH /api/v1/params'],
      ['ops (127.0.0.1)', 'POST /api/v1/notifications/test'],
      ['ops (127.0.0.1)', 'POST /api/v1/silences'],
      ['ops (127.0.0.1)', 'DELETE /api/v1/instances/:name/:version/:instance'],
    ]);
  });
});

describe('GET /api/v1/tokens', () => {
  it('lists them for admins, with the time of their last use and without hashes', async () => {
    await ask('GET', '/api/v1/instances', bearer(reader));
    expect(await ask('GET', '/api/v1/tokens', bearer(reader))).toMatchObject({ status: 403 });
    const { status, body } = await ask('GET', '/api/v1/tokens', bearer(admin));
    expect(status).toBe(200);
    const { tokens } = JSON.parse(body);
    expect(tokens.map(({ name }: { name: string }) => name)).toEqual(
      configured.map(({ name }) => name),
    );
    expect(tokens[1]).toMatchObject({
      id: orion.id,
      scopes: ['ingest'],
      components: ['Orion*', 'orion'],
      isExpired: false,
      lastUsed: expect.stringMatching(/^\d{4}-/),
    });
    expect(tokens[6]).toMatchObject({ isExpired: true, expiresAt: '2020-01-01T00:00:00.000Z' });
    expect(tokens[6]).not.toHaveProperty('lastUsed');
    for (const { hash, token } of configured) {
      expect(body).not.toContain(hash.slice(-64));
      expect(body).not.toContain(token.slice(-43));
    }
  });

  it('knows after a restart when they were used', async () => {
    const settings = {
      HEARTBEAT_AUTH_TOKENS: JSON.stringify([admin].map(entryOf)),
      HEARTBEAT_DATA_DIR: service.dataDir,
    };
    await service.stop();
    const clock = createFakeClock(Date.UTC(2050, 0, 1));
    service = await startService(settings, clock);
    // It was used before this start, and is used now.
    const before = JSON.parse((await ask('GET', '/api/v1/tokens', bearer(admin))).body);
    expect(before.tokens).toMatchObject([{ lastUsed: '2050-01-01T00:00:00.000Z' }]);
    await service.stop();
    service = await startService({
      ...settings,
      HEARTBEAT_AUTH_TOKENS: JSON.stringify([admin, all].map(entryOf)),
    });
    const after = JSON.parse((await ask('GET', '/api/v1/tokens', bearer(all))).body);
    expect(after.tokens[0]).toMatchObject({ lastUsed: '2050-01-01T00:00:00.000Z' });
  });
});

function mixed(one: TestToken, other: TestToken): string {
  return `Bearer hb_${one.id}_${other.token.slice(-43)}`;
}

async function refusals(reason: string): Promise<number> {
  const line = `heartbeat_access_refusals_total{reason="${reason}"} `;
  const { body } = await ask('GET', '/metrics', { connection: 'close' });
  return Number(
    body
      .split('\n')
      .find((text) => text.startsWith(line))
      ?.slice(line.length),
  );
}

async function names(): Promise<string[]> {
  const { body } = await ask('GET', '/api/v1/instances', bearer(reader));
  return JSON.parse(body).instances.map(({ name }: { name: string }) => name);
}
