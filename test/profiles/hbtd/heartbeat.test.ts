import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { hbtdBeat, hbtdClient, hbtdProblem, hbtdSettings } from '../../support/hbtd.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { freePort } from '../../support/test-server.ts';

let service: LocalService;
const { ask, post, isBeating } = hbtdClient(() => service.hbtdPort);

beforeAll(async () => {
  service = await startService(hbtdSettings);
});
afterAll(async () => {
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await service.stop();
});

const pageSchema = z.object({ instances: z.array(z.unknown()) });

describe('POST /hmi/v1/heartbeat', () => {
  const refused = (detail: string) => hbtdProblem(400, detail, 'heartbeat');

  it('answers 200 without a body, and the component heartbeats', async () => {
    const answer = await post('heartbeat', hbtdBeat('x0c0s0b0n0'));
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(await isBeating('x0c0s0b0n0')).toBe(true);
  });

  it('makes of it an instance of its kind', async () => {
    await post('heartbeat', hbtdBeat('x0c0s1b0'));
    const answer = await fetch(`${service.url}/api/v1/instances/NodeBMC/hbtd/x0c0s1b0`);
    expect(await answer.json()).toMatchObject({
      state: 'up',
      lateSeconds: 10,
      downSeconds: 30,
    });
  });

  it('finds its fields in any case, and passes over others', async () => {
    const { Component, Timestamp, ...rest } = hbtdBeat('x0c0s2b0n0');
    const body = { ...rest, component: Component, TimeStamp: Timestamp, more: [1] };
    expect(await post('heartbeat', body)).toMatchObject({ status: 200 });
    expect(await isBeating('x0c0s2b0n0')).toBe(true);
  });

  it('takes any Content-Type', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask('POST', 'heartbeat', hbtdBeat('x0c0s3b0n0'), headers);
    expect(answer).toMatchObject({ status: 200 });
  });

  it('never reads the timestamp', async () => {
    const Timestamp = 'a quarter to nine, in 1970';
    expect(await post('heartbeat', hbtdBeat('x0c0s4b0n0', { Timestamp }))).toMatchObject({
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
        const answer = await post('heartbeat', hbtdBeat('x0c0s0b0n0', { [field]: value }));
        expect(answer).toMatchObject(refused(`Missing ${field} field`));
      }
      for (const value of [8, true, {}, ['a']]) {
        const answer = await post('heartbeat', hbtdBeat('x0c0s0b0n0', { [field]: value }));
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
      expect(await post('heartbeat', hbtdBeat(name))).toMatchObject(
        refused('Invalid Component Name'),
      );
    },
  );

  it.each(['0', '8', '0008', '0009', '0x10', '-5', '+7', '1_000', '9223372036854775807'])(
    'takes the NID %s',
    async (NID) => {
      expect(await post('heartbeat', hbtdBeat('x0c0s5b0n0', { NID }))).toMatchObject({
        status: 200,
      });
    },
  );

  it.each(['eight', '8.0', '0x', '9223372036854775808', '1 2', '1'.repeat(100)])(
    'refuses the NID %s',
    async (NID) => {
      expect(await post('heartbeat', hbtdBeat('x0c0s5b0n0', { NID }))).toMatchObject(
        refused('Invalid NID'),
      );
    },
  );

  it('counts aliases with zeros as the same component', async () => {
    await post('heartbeat', hbtdBeat('x0007c0s01b002n00'));
    expect(await isBeating('x7c0s1b2n0')).toBe(true);
    expect(await post('hbstates', { XNames: ['x0007c0s01b002n00'] })).toMatchObject({
      json: { HBStates: [{ XName: 'x0007c0s01b002n00', Heartbeating: true }] },
    });
    const answer = await fetch(`${service.url}/api/v1/instances/Node/hbtd/x7c0s1b2n0`);
    expect(answer.status).toBe(200);
  });

  it.each(['d0', 'p1', 'p1.2', 's0', 'sms1', 'all'])('watches %s like any other', async (name) => {
    expect(await post('heartbeat', hbtdBeat(name))).toMatchObject({ status: 200 });
    const answer = await fetch(`${service.url}/api/v1/instances?version=hbtd&limit=1000`);
    const { instances } = pageSchema.parse(await answer.json());
    expect(instances).toContainEqual(expect.objectContaining({ instance: name, downSeconds: 30 }));
  });

  it('takes texts of any length and content', async () => {
    const long = '\u0001"\\😀'.repeat(5_000);
    const body = hbtdBeat('x0c0s6b0n0', { Hostname: long, Status: long, Timestamp: long });
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
      hbtdProblem(400, detail, 'heartbeat'),
    );
  });

  it.each(['%20', 'a%00b', 'z'.repeat(256)])('refuses the name %s', async (name) => {
    expect(await post(`heartbeat/${name}`, body)).toMatchObject(
      hbtdProblem(400, 'Invalid Component Name', 'heartbeat'),
    );
  });
});

describe('a heartbeat that cannot be kept', () => {
  it('is answered with 500, and may be sent again', async () => {
    const full = await startService({
      ...hbtdSettings,
      ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
      HEARTBEAT_OUTBOX_MAX_RECORDS: '1',
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '1',
    });
    const node = hbtdClient(() => full.hbtdPort);
    expect(await node.post('heartbeat', hbtdBeat('x0c0s0b0n0'))).toMatchObject({ status: 200 });
    const answer = await node.post('heartbeat', hbtdBeat('x0c0s0b0n1'));
    const detail = 'Key/Value service store operation failed';
    expect(answer).toMatchObject(hbtdProblem(500, detail, 'heartbeat'));
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await node.isBeating('x0c0s0b0n1')).toBe(false);
    expect(await node.get('readiness')).toMatchObject({ status: 503, body: '' });
    expect(await node.get('liveness')).toMatchObject({ status: 204 });
    expect(await node.get('health')).toMatchObject({
      status: 200,
      json: { KvStore: 'Error accessing key values: the outbox is full' },
    });
    await full.stop();
  });
});
