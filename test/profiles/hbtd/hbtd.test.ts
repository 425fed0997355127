import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { exchange, requestText } from '../../support/raw-http.ts';
import { type LocalService, startService } from '../../support/service.ts';

/** Heartbeats as a node sends them. */
const beat = (Component: string, more: Readonly<Record<string, unknown>> = {}) => ({
  Component,
  Hostname: 'nid000008',
  NID: '8',
  Status: 'OK',
  Timestamp: '2026-01-01T00:00:00.000000',
  ...more,
});

const problem = (status: number, detail: string, instance: string) => ({
  status,
  headers: expect.objectContaining({ 'content-type': 'application/problem+json' }),
  json: {
    type: 'about:blank',
    title: status < 500 ? 'Invalid Request' : 'Internal Server Error',
    detail,
    instance,
    status,
  },
});

const pageSchema = z.object({ instances: z.array(z.unknown()) });

let service: LocalService;

beforeAll(async () => {
  service = await startService({
    HEARTBEAT_PROFILES_HBTD_ENABLED: 'true',
    HEARTBEAT_PROFILES_HBTD_PORT: '0',
    HEARTBEAT_PROFILES_HBTD_UNDER_MAIN: 'true',
  });
});
afterAll(async () => {
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await service.stop();
});

async function ask(method: string, path: string, body?: unknown, port = service.hbtdPort) {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const request = requestText(method, path, { body: text === undefined ? undefined : `${text}` });
  const answer = await exchange(port, request);
  const isJson = /json/.test(answer.headers['content-type'] ?? '') && answer.body !== '';
  return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined };
}

const post = (path: string, body: unknown) => ask('POST', `/hmi/v1/${path}`, body);
const get = (path: string) => ask('GET', `/hmi/v1/${path}`);
const isBeating = async (xname: string) => (await get(`hbstate/${xname}`)).json.Heartbeating;

describe('POST /hmi/v1/heartbeat', () => {
  const refused = (detail: string) => problem(400, detail, '/hmi/v1/heartbeat');

  it('answers 200 without a body, and the component heartbeats', async () => {
    const answer = await post('heartbeat', beat('x0c0s0b0n0'));
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(await isBeating('x0c0s0b0n0')).toBe(true);
  });

  it('makes of it an instance of its kind', async () => {
    await post('heartbeat', beat('x0c0s1b0'));
    const answer = await fetch(`${service.url}/api/v1/instances/NodeBMC/hbtd/x0c0s1b0`);
    expect(await answer.json()).toMatchObject({
      state: 'up',
      lateSeconds: 10,
      downSeconds: 30,
    });
  });

  it('finds its fields in any case, and passes over others', async () => {
    const { Component, Timestamp, ...rest } = beat('x0c0s2b0n0');
    const body = { ...rest, component: Component, TimeStamp: Timestamp, more: [1] };
    expect(await post('heartbeat', body)).toMatchObject({ status: 200 });
    expect(await isBeating('x0c0s2b0n0')).toBe(true);
  });

  it('takes any Content-Type', async () => {
    const body = JSON.stringify(beat('x0c0s3b0n0'));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = requestText('POST', '/hmi/v1/heartbeat', { headers, body });
    expect(await exchange(service.hbtdPort, request)).toMatchObject({ status: 200 });
  });

  it('never reads the timestamp', async () => {
    const Timestamp = 'a quarter to nine, in 1970';
    expect(await post('heartbeat', beat('x0c0s4b0n0', { Timestamp }))).toMatchObject({
      status: 200,
    });
    expect(await isBeating('x0c0s4b0n0')).toBe(true);
  });

  it.each([
    ['no JSON', 'Invalid JSON data type'],
    ['', 'Invalid JSON data type'],
    ['[]', 'Invalid JSON data type'],
    ['{"Component":"x0c0s0b0n0"', 'Invalid JSON data type'],
  ])('refuses %j', async (body, detail) => {
    expect(await post('heartbeat', body)).toMatchObject(refused(detail));
  });

  it.each(['Component', 'Hostname', 'NID', 'Status', 'Timestamp'])(
    'needs %s, as a string that is not empty',
    async (field) => {
      for (const value of [undefined, null, '']) {
        const answer = await post('heartbeat', beat('x0c0s0b0n0', { [field]: value }));
        expect(answer).toMatchObject(refused(`Missing ${field} field`));
      }
      for (const value of [8, true, {}, ['a']]) {
        const answer = await post('heartbeat', beat('x0c0s0b0n0', { [field]: value }));
        expect(answer).toMatchObject(refused(`Invalid data type in ${field} field`));
      }
    },
  );

  it('names the first that is missing', async () => {
    expect(await post('heartbeat', {})).toMatchObject(refused('Missing Component field'));
    expect(await post('heartbeat', { Component: 'x0', Timestamp: 'x' })).toMatchObject(
      refused('Missing Hostname field'),
    );
  });

  it.each(['X0C0S0B0N0', 'x0c0s0b0n0 ', 'x0c8', 'localhost', 'x00000', 'x0c0s0b0n0;'])(
    'refuses the component "%s"',
    async (name) => {
      expect(await post('heartbeat', beat(name))).toMatchObject(refused('Invalid Component Name'));
    },
  );

  it.each(['0', '8', '0008', '0009', '0x10', '-5', '+7', '1_000', '9223372036854775807'])(
    'takes the NID %s',
    async (NID) => {
      expect(await post('heartbeat', beat('x0c0s5b0n0', { NID }))).toMatchObject({ status: 200 });
    },
  );

  it.each(['eight', '8.0', '0x', '9223372036854775808', '1 2', '1'.repeat(100)])(
    'refuses the NID %s',
    async (NID) => {
      expect(await post('heartbeat', beat('x0c0s5b0n0', { NID }))).toMatchObject(
        refused('Invalid NID'),
      );
    },
  );

  it('counts aliases with zeros as the same component', async () => {
    await post('heartbeat', beat('x0007c0s01b002n00'));
    const { json } = await post('hbstates', { XNames: ['x7c0s1b2n0', 'x0007c0s01b002n00'] });
    expect(
      json.HBStates.map(({ Heartbeating }: { Heartbeating: boolean }) => Heartbeating),
    ).toEqual([true, true]);
    const answer = await fetch(`${service.url}/api/v1/instances/Node/hbtd/x7c0s1b2n0`);
    expect(answer.status).toBe(200);
  });

  it.each(['d0', 'p1', 'p1.2', 's0', 'sms1', 'all'])('watches %s like any other', async (name) => {
    expect(await post('heartbeat', beat(name))).toMatchObject({ status: 200 });
    const answer = await fetch(`${service.url}/api/v1/instances?version=hbtd&limit=1000`);
    const { instances } = pageSchema.parse(await answer.json());
    expect(instances).toContainEqual(expect.objectContaining({ instance: name, downSeconds: 30 }));
  });

  it('takes texts of any length and content', async () => {
    const long = '\u0001"\\😀'.repeat(5_000);
    const body = beat('x0c0s6b0n0', { Hostname: long, Status: long, Timestamp: long });
    expect(await post('heartbeat', body)).toMatchObject({ status: 200 });
  });

  it('refuses a body that is too large', async () => {
    const answer = await post('heartbeat', 'x'.repeat(1_100_000));
    expect(answer).toMatchObject({ status: 413, json: { title: 'Invalid Request', status: 413 } });
  });
});

describe('POST /hmi/v1/heartbeat/{xname}', () => {
  const body = { Status: 'OK', Timestamp: 'now' };

  it('answers 200 without a body, and the component heartbeats', async () => {
    expect(await post('heartbeat/x1c0s0b0n0', body)).toMatchObject({ status: 200, body: '' });
    expect(await isBeating('x1c0s0b0n0')).toBe(true);
  });

  it('takes any name, in any spelling, and watches it', async () => {
    for (const name of ['Login-Node.07', 'X1C0S01B0N0', '%20d12%20', 'zz', 'login%C3%A9']) {
      expect([name, (await post(`heartbeat/${name}`, body)).status]).toEqual([name, 200]);
      expect(await isBeating(name)).toBe(true);
    }
    expect(await isBeating('login-node.7')).toBe(true);
    expect(await isBeating('x1c0s1b0n0')).toBe(true);
    const answer = await fetch(`${service.url}/api/v1/instances/INVALID/hbtd/login-node.7`);
    expect(await answer.json()).toMatchObject({ downSeconds: 30 });
  });

  it.each([
    ['nothing', '', 'Invalid JSON data type'],
    ['a list', '[]', 'Invalid JSON data type'],
    ['no status', { Timestamp: 'now' }, 'Missing Status field'],
    ['no timestamp', { Status: 'OK' }, 'Missing Timestamp field'],
    ['a number', { Status: 1, Timestamp: 'now' }, 'Invalid data type in Status field'],
    ['another', { Status: 'OK', timestamp: [] }, 'Invalid data type in Timestamp field'],
  ])('refuses %s', async (_, given, detail) => {
    expect(await post('heartbeat/x1c0s0b0n0', given)).toMatchObject(
      problem(400, detail, '/hmi/v1/heartbeat'),
    );
  });

  it.each(['%20', 'a%00b', 'z'.repeat(256)])('refuses the name %s', async (name) => {
    expect(await post(`heartbeat/${name}`, body)).toMatchObject(
      problem(400, 'Invalid Component Name', '/hmi/v1/heartbeat'),
    );
  });
});

describe('POST /hmi/v1/hbstates', () => {
  it('answers in the order of the question, and as often', async () => {
    await post('heartbeat', beat('x2c0s0b0n0'));
    const XNames = ['x9c9', 'x2c0s0b0n0', 'x2c0s0b0n1', 'x2c0s0b0n0', ''];
    expect(await post('hbstates', { xnames: XNames })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      json: {
        HBStates: [
          { XName: 'x9c9', Heartbeating: false },
          { XName: 'x2c0s0b0n0', Heartbeating: true },
          { XName: 'x2c0s0b0n1', Heartbeating: false },
          { XName: 'x2c0s0b0n0', Heartbeating: true },
          { XName: '', Heartbeating: false },
        ],
      },
    });
  });

  it.each([[{}], [{ XNames: [] }], [{ XNames: null }]])('says null to %j', async (body) => {
    expect(await post('hbstates', body)).toMatchObject({ status: 200, body: '{"HBStates":null}' });
  });

  it.each(['', 'nonsense', '[]', '{"XNames":"x0"}', '{"XNames":[1]}', '{"XNames":{}}'])(
    'refuses %j',
    async (body) => {
      expect(await post('hbstates', body)).toMatchObject(
        problem(400, 'Error unmarshalling inbound request', '/hmi/v1/hbstates'),
      );
    },
  );
});

describe('GET /hmi/v1/hbstate/{xname}', () => {
  it('says false of whoever is not known', async () => {
    expect(await get('hbstate/x9c0s0b0n0')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"XName":"x9c0s0b0n0","Heartbeating":false}',
    });
    expect(await get('hbstate/whoever')).toMatchObject({ status: 200 });
  });

  it('spells the name its own way', async () => {
    await post('heartbeat', beat('x3c0s0b0n0'));
    expect(await get('hbstate/%20X03C0S00B0N0')).toMatchObject({
      json: { XName: 'x3c0s0b0n0', Heartbeating: true },
    });
  });
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
  const patch = (body: unknown) => ask('PATCH', '/hmi/v1/params', body);

  it('shows twelve texts in their order', async () => {
    expect(await get('params')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(defaults),
    });
  });

  it('changes some, answers with all, and the thresholds are others', async () => {
    await post('heartbeat', beat('x4c0s0b0n0'));
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

  it('tells of a change in the log of events', async () => {
    await patch({ Debug: '1' });
    await patch({ Debug: '0' });
    const answer = await fetch(`${service.url}/api/v1/events?kind=params.changed`);
    expect(await answer.text()).toContain("Debug from '0' to '1'");
  });

  it.each([
    ['nonsense', 'Invalid JSON data type'],
    ['{"Warntime":20}', 'Invalid data type in Warntime field. '],
    [
      '{"Warntime":"20","Interval":"0"}',
      "Parameter 'interval' with illegal value '0' (1 to 315360000 is possible); ",
    ],
    ['{"Port":"28501"}', "Parameter 'port' can't be changed in PATCH operation; "],
  ])('refuses %s as a whole', async (body, detail) => {
    expect(await patch(body)).toMatchObject(problem(400, detail, '/hmi/v1/params'));
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
      expect(await ask(method, `/hmi/v1/${path}/?a=b`)).toMatchObject({
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
    expect(await ask(method, `/hmi/v1/${path}`)).toMatchObject({
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

  it.each(['/hmi/v1/hbstate/a%2Fb', '/hmi/v1/hbstate/%zz', '/hmi/v1/hbstate/%ff'])(
    'has no component at %s',
    async (path) => {
      expect(await ask('GET', path)).toMatchObject({ status: 404 });
    },
  );
});

describe('underMain', () => {
  it('answers on the port of the service too, beside its own API', async () => {
    await post('heartbeat', beat('x5c0s0b0n0'));
    const answer = await ask('GET', '/hmi/v1/hbstate/x5c0s0b0n0', undefined, service.port);
    expect(answer).toMatchObject({ json: { Heartbeating: true } });
    const health = await fetch(`${service.url}/health`);
    expect(health.status).toBe(200);
    const elsewhere = await ask('GET', '/hmi/v2', undefined, service.port);
    expect(elsewhere).toMatchObject({ status: 404, json: { code: 'not-found' } });
  });
});
