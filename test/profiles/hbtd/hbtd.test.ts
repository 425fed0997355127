import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hbtdBeat, hbtdClient, hbtdProblem, hbtdSettings } from '../../support/hbtd.ts';
import { type LocalService, runService, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startTestServer } from '../../support/test-server.ts';
import { bearer, entryOf, makeToken } from '../../support/tokens.ts';

let service: LocalService;
const { ask, get, post } = hbtdClient(() => service.hbtdPort);

beforeAll(async () => {
  service = await startService(hbtdSettings);
});
afterAll(async () => {
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await service.stop();
});

describe('GET and PATCH /hmi/v1/params', () => {
  const defaults = {
    Debug: '0',
    Nosm: '0',
    Use_telemetry: '1',
    Telemetry_host: '',
    Warntime: '10',
    Errtime: '30',
    Port: '0',
    Kv_url: '',
    Interval: '5',
    Sm_url: '',
    Sm_timeout: '10',
    Sm_retries: '3',
  };
  const patch = (body: unknown) => ask('PATCH', 'params', body);

  it('shows twelve texts in their order', async () => {
    expect(await get('params')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(defaults),
    });
  });

  it('changes some, answers with all, and the thresholds are others', async () => {
    await post('heartbeat', hbtdBeat('x4c0s0b0n0'));
    const answer = await patch({ warntime: '35', Errtime: '0x3c', Interval: '' });
    expect(answer).toMatchObject({
      status: 200,
      json: { ...defaults, Warntime: '35', Errtime: '60' },
    });
    expect(await get('params')).toMatchObject({ json: answer.json });
    const shown = await fetch(`${service.url}/api/v1/instances/Node/hbtd/x4c0s0b0n0`);
    expect(await shown.json()).toMatchObject({ lateSeconds: 35, downSeconds: 60 });
    await patch({ Warntime: '10', Errtime: '30' });
  });

  it('accepts a Warntime above Errtime, as in two steps: then nothing is late', async () => {
    await post('heartbeat', hbtdBeat('x4c0s0b0n0'));
    expect(await patch({ Warntime: '35' })).toMatchObject({ status: 200 });
    const shown = await fetch(`${service.url}/api/v1/instances/Node/hbtd/x4c0s0b0n0`);
    expect(await shown.json()).toMatchObject({ lateSeconds: 30, downSeconds: 30 });
    expect(await patch({ Errtime: '60' })).toMatchObject({
      status: 200,
      json: { ...defaults, Warntime: '35', Errtime: '60' },
    });
    await patch({ Errtime: '30' });
    await patch({ Warntime: '10' });
  });

  it('records a change in the log of events', async () => {
    await patch({ Debug: '1' });
    await patch({ Debug: '0' });
    const answer = await fetch(`${service.url}/api/v1/events?kind=params.changed`);
    expect(await answer.text()).toContain("Debug from '0' to '1'");
  });

  it.each([
    ['nonsense', 'Invalid JSON data type'],
    ['{"Warntime":20}', 'Invalid data type in Warntime field. '],
    [
      '{"Errtime":60,"Warntime":"20","Debug":[]}',
      'Invalid data type in Debug field. Invalid data type in Errtime field. ',
    ],
    [
      '{"Warntime":"20","Interval":"0"}',
      "Parameter 'interval' with illegal value '0' (1 to 315360000 is possible); ",
    ],
    ['{"Port":"28501"}', "Parameter 'port' can't be changed in PATCH operation; "],
  ])('refuses %s as a whole', async (body, detail) => {
    expect(await patch(body)).toMatchObject(hbtdProblem(400, detail, 'params'));
    expect(await get('params')).toMatchObject({ json: defaults });
  });
});

describe('GET /hmi/v1/health, /readiness and /liveness', () => {
  it('says how things are', async () => {
    expect(await get('health')).toMatchObject({
      status: 200,
      json: {
        KvStore: 'Initialization key present: HBTD_OK',
        MsgBus: 'Not Connected',
        HsmStatus: 'Not initialized',
      },
    });
  });

  it('answers 204 without a body', async () => {
    expect(await get('readiness')).toMatchObject({ status: 204, body: '' });
    expect(await get('liveness')).toMatchObject({ status: 204, body: '' });
  });
});

describe('other paths and methods', () => {
  const known = ['heartbeat', 'hbstates', 'params', 'health', 'readiness', 'liveness'];

  it.each([...known, 'heartbeat/x0', 'hbstate/x0'])('finds %s behind a slash', async (path) => {
    for (const method of ['GET', 'POST']) {
      expect(await ask(method, `${path}/?a=b`)).toMatchObject({
        status: 301,
        headers: { location: `/hmi/v1/${path}?a=b` },
        body: '',
      });
    }
  });

  it.each([
    ['GET', 'heartbeat', 'POST'],
    ['PUT', 'heartbeat/x0', 'POST'],
    ['GET', 'hbstates', 'POST'],
    ['POST', 'hbstate/x0', 'GET'],
    ['DELETE', 'params', 'GET, PATCH'],
    ['POST', 'health', 'GET'],
    ['POST', 'readiness', 'GET'],
    ['POST', 'liveness', 'GET'],
  ])('does not allow %s on %s', async (method, path, allow) => {
    const only = allow.replace(', ', ' and ');
    expect(await ask(method, path)).toMatchObject({
      status: 405,
      headers: { allow },
      json: { title: 'Invalid Request', detail: `Only ${only} operations supported` },
    });
  });

  it.each(['/', '/hmi/v1', '/hmi/v1/', '/hmi/v1/dump', '/hmi/v1/hbstate', '/hmi/v1/hbstate/a/b'])(
    'has nothing at %s',
    async (path) => {
      expect(await ask('GET', path)).toMatchObject({
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: '404 page not found\n',
      });
    },
  );

  it('rejects a path that is not percent-encoded', async () => {
    expect(await get('hbstate/%zz')).toMatchObject({ status: 400, body: '400 Bad Request' });
  });

  it('redirects to the path without dots and double slashes', async () => {
    for (const path of ['/hmi//v1/health', '/hmi/v1/heartbeat/../health', '/hmi/v1/./health']) {
      const location = '/hmi/v1/health?a=b';
      expect(await ask('GET', `${path}?a=b`)).toMatchObject({ status: 301, headers: { location } });
    }
  });

  it.each(['/hmi/v1/hbstate/a%2Fb', '/hmi/v1/hbstate/%ff'])(
    'has no component at %s',
    async (path) => {
      expect(await ask('GET', path)).toMatchObject({ status: 404 });
    },
  );
});

describe('underMain', () => {
  it('answers on the port of the service too, beside its own API', async () => {
    const both = await startService({
      ...hbtdSettings,
      HEARTBEAT_PROFILES_HBTD_UNDER_MAIN: 'true',
    });
    const own = hbtdClient(() => both.hbtdPort);
    const main = hbtdClient(() => both.port);
    await own.post('heartbeat', hbtdBeat('x5c0s0b0n0'));
    expect(await main.isBeating('x5c0s0b0n0')).toBe(true);
    expect(await main.get('/health')).toMatchObject({ status: 200 });
    expect(await main.get('/hmi/v2')).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(await own.get('/health')).toMatchObject({ status: 404 });
    await both.stop();
  });

  it('is not the default, and neither is the profile', async () => {
    expect(await hbtdClient(() => service.port).get('health')).toMatchObject({ status: 404 });
    const without = await startService();
    expect(without.hbtdPort).toBeNaN();
    await without.stop();
  });
});

describe('tokens', () => {
  const token = makeToken('ops', { scopes: ['admin'] });
  const reader = makeToken('reader', { scopes: ['read'] });
  const tokens = { HEARTBEAT_AUTH_TOKENS: JSON.stringify([token, reader].map(entryOf)) };

  it('are required here too, and their names are in the records', async () => {
    const closed = await startService({ ...hbtdSettings, ...tokens });
    const { ask, get, post } = hbtdClient(() => closed.hbtdPort);
    expect(await post('heartbeat', hbtdBeat('x0'))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('Bearer') },
      json: { title: 'Invalid Request', instance: '/hmi/v1/heartbeat', status: 401 },
    });
    expect(await get('hbstate/x0')).toMatchObject({ status: 401 });
    expect(await get('readiness')).toMatchObject({ status: 204 });
    expect(await ask('GET', 'params', undefined, bearer(token))).toMatchObject({ status: 403 });
    const patched = await ask('PATCH', 'params', { Debug: '1' }, bearer(token));
    expect(patched).toMatchObject({ status: 200 });
    await closed.stop();
  });

  it('are recorded with where they come from, through a proxy that is trusted too', async () => {
    const proxied = { HEARTBEAT_HTTP_TRUSTED_PROXIES: '[127.0.0.0/8]' };
    const closed = await startService({ ...hbtdSettings, ...tokens, ...proxied });
    const { ask } = hbtdClient(() => closed.hbtdPort);
    const headers = { ...bearer(token), 'x-forwarded-for': '203.0.113.7' };
    expect(await ask('PATCH', 'params', { Debug: '1' }, headers)).toMatchObject({ status: 200 });
    const events = await fetch(`${closed.url}/api/v1/events?kind=params.changed`, {
      headers: bearer(reader),
    });
    const told = await events.text();
    await closed.stop();
    expect(told).toContain('"by":"ops (203.0.113.7)"');
  });

  it('are not required on an open port', async () => {
    const settings = { ...hbtdSettings, ...tokens, HEARTBEAT_PROFILES_HBTD_OPEN: 'true' };
    const open = await startService(settings);
    const { post } = hbtdClient(() => open.hbtdPort);
    expect(await post('heartbeat', hbtdBeat('x0'))).toMatchObject({ status: 200 });
    await open.stop();
  });
});

describe('parameters that were changed', () => {
  it('survive a restart, and are stronger than the configuration', async () => {
    const folder = temporaryFolder();
    const settings = { ...hbtdSettings, HEARTBEAT_DATA_DIR: folder, HBTD_INTERVAL: '7' };
    const first = await startService(settings);
    const changes = { Warntime: '35', Errtime: '60', Nosm: 'yes' };
    await hbtdClient(() => first.hbtdPort).ask('PATCH', 'params', changes);
    await first.stop();

    const second = await startService({ ...settings, HBTD_WARNTIME: '12', HBTD_SM_TIMEOUT: '3' });
    const { get, post } = hbtdClient(() => second.hbtdPort);
    const inUse = { Warntime: '35', Errtime: '60', Nosm: '1', Interval: '7', Sm_timeout: '3' };
    expect(await get('params')).toMatchObject({ json: inUse });
    await post('heartbeat', hbtdBeat('x0c0s0b0n0'));
    const answer = await fetch(`${second.url}/api/v1/instances/Node/hbtd/x0c0s0b0n0`);
    expect(await answer.json()).toMatchObject({ lateSeconds: 35, downSeconds: 60 });
    await second.stop();

    const third = await startService({ ...settings, HBTD_ERRTIME: '70' });
    const { json } = await hbtdClient(() => third.hbtdPort).get('params');
    expect(json).toMatchObject({ Warntime: '35', Errtime: '60' });
    await third.stop();
  });
});

describe('a port that is in use', () => {
  it('ends the start, and says which setting it is', async () => {
    const server = await startTestServer();
    const { port } = new URL(server.url);
    const { code, lines } = await runService({
      ...hbtdSettings,
      HEARTBEAT_PROFILES_HBTD_PORT: port,
    });
    await server.stop();
    expect(code).toBe(1);
    expect(lines.at(-1)?.msg).toContain(`port ${port}: set profiles.hbtd.host and`);
  });
});
