import { afterEach, describe, expect, it } from '@jest/globals';
import { listenTo } from '../support/event-source.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { exchange, type RawAnswer, requestText } from '../support/raw-http.ts';
import { type LocalService, type Settings, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeToken, type TestToken, writeTokens } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const reader = makeToken('reader', { scopes: ['read'] });
const operator = makeToken('operator', { scopes: ['read', 'admin', 'ingest'] });
const short = makeToken('short', { scopes: ['read'], expiresAt: '2026-01-01T01:00:00Z' });
const unknown = makeToken('unknown', { scopes: ['read'] });

let service: LocalService | undefined;
afterEach(async () => {
  await service?.stop();
  const log = JSON.stringify(service?.lines);
  for (const { token } of [reader, operator, short, unknown]) {
    expect(log).not.toContain(token.slice(14));
  }
  service = undefined;
});

type Headers = Readonly<Record<string, string>>;
const path = '/api/v1/session';
/** A request as a browser sends it for a page of the service. */
const ownPage = { origin: 'http://test' };

async function start(settings: Settings = {}) {
  const clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'));
  const folder = temporaryFolder();
  const configured = {
    HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [reader, operator, short]),
    ...settings,
  };
  service = await startService(configured, clock);
  const request = (method: string, target: string, headers: Headers = {}, body?: string) =>
    exchange(service?.port ?? 0, requestText(method, target, { headers, body }));
  const signIn = ({ token }: Pick<TestToken, 'token'>, headers: Headers = ownPage) =>
    request('POST', path, headers, JSON.stringify({ token }));
  const signedIn = async (token: TestToken): Promise<Headers> => ({
    ...ownPage,
    cookie: cookieOf(await signIn(token)),
  });
  return { clock, folder, configured, request, signIn, signedIn };
}

const cookieOf = ({ headers }: RawAnswer): string => headers['set-cookie']?.split(';')[0] ?? '';
const jsonOf = ({ body }: RawAnswer): unknown => JSON.parse(body);

describe('a session', () => {
  it('begins with a token, and has its name and scopes', async () => {
    const { request, signIn } = await start();
    expect(jsonOf(await request('GET', path))).toEqual({
      access: 'none',
      signInRequired: true,
      scopes: [],
    });
    const answer = await signIn(reader);
    const access = {
      access: 'session',
      signInRequired: false,
      name: 'reader',
      scopes: ['read'],
      expiresAt: '2026-01-08T00:00:00.000Z',
    };
    expect({ status: answer.status, json: jsonOf(answer) }).toEqual({ status: 200, json: access });
    const headers = { ...ownPage, cookie: cookieOf(answer) };
    expect(jsonOf(await request('GET', path, headers))).toEqual(access);
    expect(await request('GET', '/api/v1/instances', headers)).toMatchObject({ status: 200 });
    expect(await request('GET', '/api/v1/tokens', headers)).toMatchObject({ status: 403 });
  });

  it('has a cookie that scripts, other sites and other paths do not get', async () => {
    const { signIn } = await start();
    const { headers } = await signIn(reader);
    // Without Path the browser derives it from the path that it sees: /prefix/api/v1 behind a proxy.
    expect(headers['set-cookie']).toMatch(
      /^ge-heartbeat-session=[\w-]{43}; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    );
    const { headers: behindTls } = await signIn(reader, { origin: 'https://test' });
    expect(behindTls['set-cookie']).toMatch(/; Secure$/);
  });

  it('ends with a sign-out, for this cookie alone', async () => {
    const { request, signedIn } = await start();
    const [one, other] = [await signedIn(reader), await signedIn(reader)];
    const answer = await request('DELETE', path, one);
    expect(answer).toMatchObject({
      status: 204,
      headers: { 'set-cookie': 'ge-heartbeat-session=; HttpOnly; SameSite=Strict; Max-Age=0' },
    });
    const after = await request('GET', '/api/v1/instances', one);
    expect(after.status).toBe(401);
    expect(jsonOf(after)).toMatchObject({ detail: 'The session has ended: sign in again.' });
    expect(await request('GET', '/api/v1/instances', other)).toMatchObject({ status: 200 });
    expect(await request('DELETE', path, one)).toMatchObject({ status: 204 });
  });

  it('ends when its token is removed', async () => {
    const { clock, folder, request, signedIn } = await start();
    const headers = await signedIn(reader);
    const stays = await signedIn(operator);
    writeTokens(folder, [operator]);
    await until(async () => {
      await clock.advance(2_000);
      return (await request('GET', '/api/v1/instances', headers)).status === 401;
    });
    expect(await request('GET', '/api/v1/instances', stays)).toMatchObject({ status: 200 });
  });

  it('ends when its token expires, and after its maximum length', async () => {
    const { clock, request, signIn, signedIn } = await start({ HEARTBEAT_AUTH_SESSION_HOURS: '2' });
    const first = await signIn(short);
    expect(first.headers['set-cookie']).toContain('Max-Age=3600');
    expect(jsonOf(first)).toMatchObject({ expiresAt: '2026-01-01T01:00:00.000Z' });
    const longer = await signedIn(reader);
    await clock.advance(3_600_000);
    const ended = { ...ownPage, cookie: cookieOf(first) };
    expect(await request('GET', '/api/v1/instances', ended)).toMatchObject({ status: 401 });
    expect(await request('GET', '/api/v1/instances', longer)).toMatchObject({ status: 200 });
    await clock.advance(3_600_000);
    expect(await request('GET', '/api/v1/instances', longer)).toMatchObject({ status: 401 });
  });

  it('survives a restart of the service, and its end does too', async () => {
    const dataDir = temporaryFolder();
    const { configured, request, signedIn } = await start({ HEARTBEAT_DATA_DIR: dataDir });
    const [kept, ended] = [await signedIn(reader), await signedIn(reader)];
    await request('DELETE', path, ended);
    await service?.stop();
    service = await startService(configured, createFakeClock(Date.parse('2026-01-01T00:01:00Z')));
    expect(await request('GET', '/api/v1/instances', kept)).toMatchObject({ status: 200 });
    expect(await request('GET', '/api/v1/instances', ended)).toMatchObject({ status: 401 });
  });

  it('opens a stream of events, which ends with it', async () => {
    const { clock, request, signedIn } = await start();
    const headers = await signedIn(operator);
    const port = service?.port ?? 0;
    const { cookie = '' } = headers;
    const stream = await listenTo(port, '/api/v1/events/stream', undefined, { cookie });
    expect(stream.status).toBe(200);
    await stream.until(() => stream.frames() === 1);
    await request('DELETE', path, headers);
    await clock.advance(15_000);
    expect(await stream.ended).toBe(true);
    const after = await listenTo(port, '/api/v1/events/stream', undefined, { cookie });
    expect(after.status).toBe(401);
  });

  it('does not replace a token, which comes first', async () => {
    const { request, signedIn } = await start();
    const headers = await signedIn(operator);
    const both = { ...headers, authorization: `Bearer ${reader.token}` };
    expect(jsonOf(await request('GET', path, both))).toMatchObject({ access: 'token' });
    expect(await request('GET', '/api/v1/tokens', both)).toMatchObject({ status: 403 });
    const wrong = { ...headers, authorization: `Bearer ${unknown.token}` };
    expect(await request('GET', '/api/v1/instances', wrong)).toMatchObject({ status: 401 });
  });

  it('is not needed where access is open', async () => {
    const { request, signIn } = await start({ HEARTBEAT_AUTH_TOKENS_FILE: '' });
    const access = {
      access: 'open',
      signInRequired: false,
      scopes: ['ingest', 'read', 'admin'],
    };
    expect(jsonOf(await request('GET', path))).toEqual(access);
    const answer = await signIn(reader);
    expect(jsonOf(answer)).toEqual(access);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await request('DELETE', path, ownPage)).toMatchObject({ status: 204 });
  });
});

describe('a failed sign-in', () => {
  it('is counted, and limited together with other failed logins of the address', async () => {
    const { request, signIn } = await start();
    const [first] = [await signIn(unknown)];
    expect(first).toMatchObject({ status: 401 });
    expect(jsonOf(first)).toMatchObject({ code: 'unauthorized' });
    for (let n = 1; n < 5; n++)
      expect(await signIn({ token: 'hb_x' })).toMatchObject({ status: 401 });
    const wrong = { authorization: `Bearer ${unknown.token}` };
    for (let n = 0; n < 5; n++) await request('GET', '/api/v1/instances', wrong);
    const pending = Array.from({ length: 8 }, () => signIn(unknown));
    const refused = await Promise.race(pending);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } });
    expect(await signIn(reader)).toMatchObject({ status: 200 });
    const { body } = await request('GET', '/metrics');
    expect(body).toMatch(/heartbeat_access_refusals_total\{reason="unknown"\} \d/);
    expect(body).toMatch(/heartbeat_access_refusals_total\{reason="malformed"\} 4/);
  });

  it('is not counted for a session that has ended', async () => {
    const { request, signIn } = await start();
    const headers = { ...ownPage, cookie: 'ge-heartbeat-session=ended' };
    for (let n = 0; n < 30; n++) {
      expect(await request('GET', '/api/v1/instances', headers)).toMatchObject({ status: 401 });
    }
    expect(await signIn(unknown)).toMatchObject({ status: 401 });
  });

  it('names no part of the body, which may be a token in the wrong place', async () => {
    const { request } = await start();
    const answer = await request('POST', path, ownPage, JSON.stringify({ key: reader.token }));
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain(reader.token.slice(14));
  });
});

describe('a change by session', () => {
  const silence = {
    matchers: { name: 'a' },
    durationSeconds: 60,
    reason: 'a test',
    author: 'a test',
  };
  const change = JSON.stringify(silence);

  it.each<[string, Headers, number]>([
    ['a page of the service, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }, 201],
    ['a page of the service, by Origin', { origin: 'http://test' }, 201],
    [
      'a page of the service behind a proxy that replaces Host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://heartbeat.example' },
      201,
    ],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'http://test' }, 403],
    ['a page of another origin, by Origin alone', { origin: 'http://other' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a page of another port', { origin: 'http://test:81' }, 403],
    ['a page that CORS permits', { origin: 'https://dashboard.example' }, 403],
    ['a client that names no page', {}, 403],
  ])('from %s', async (_, headers, status) => {
    const { request, signedIn } = await start({
      HEARTBEAT_HTTP_CORS_ORIGINS: '["https://dashboard.example"]',
    });
    const { cookie = '' } = await signedIn(operator);
    const answer = await request('POST', '/api/v1/silences', { ...headers, cookie }, change);
    expect(answer).toMatchObject({ status });
    const list = await request('GET', '/api/v1/silences', { cookie });
    expect(jsonOf(list)).toMatchObject({
      silences: status === 201 ? [{ reason: 'a test' }] : [],
    });
  });

  it.each<[string, string, Headers]>([
    ['a heartbeat', 'POST /api/v1/heartbeats', {}],
    ['a sign-out', 'DELETE /api/v1/session', {}],
    ['a sign-in', 'POST /api/v1/session', { 'sec-fetch-site': 'cross-site' }],
    ['a sign-in', 'POST /api/v1/session', { origin: 'https://dashboard.example' }],
  ])('from another site is refused, also %s', async (_, operation, headers) => {
    const { request, signedIn } = await start({
      HEARTBEAT_HTTP_CORS_ORIGINS: '["https://dashboard.example"]',
    });
    const { cookie = '' } = await signedIn(operator);
    const [method = '', target = ''] = operation.split(' ');
    const body = JSON.stringify({ token: reader.token });
    const answer = await request(method, target, { ...headers, cookie }, body);
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(jsonOf(await request('GET', path, { cookie }))).toMatchObject({ name: 'operator' });
  });
});
