import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { pickleDict } from '../../service/records/forward/pickle.ts';
import { findPythons } from '../support/python.ts';
import {
  type LocalService,
  type SpawnedService,
  spawnService,
  startService,
} from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until, untilResult } from '../support/until.ts';

const run = promisify(execFile);
const herald = { HEARTBEAT_PROFILES_HERALD_ENABLED: 'true', HEARTBEAT_PROFILES_HERALD_PORT: '0' };

const recordsSchema = z.object({
  records: z.array(z.looseObject({ message: z.string(), name: z.string(), level: z.string() })),
});
const eventsSchema = z.object({
  events: z.array(
    z.object({
      data: z.looseObject({ kind: z.string(), reason: z.string(), name: z.string().optional() }),
    }),
  ),
});

async function records(url: string, query = ''): Promise<z.infer<typeof recordsSchema>['records']> {
  const response = await fetch(`${url}/api/v1/records?limit=1000${query}`);
  return recordsSchema.parse(await response.json()).records;
}

const countOf = async (url: string, name: string) => (await records(url, `&name=${name}`)).length;

function frame(fields: Record<string, string | number>): Buffer {
  const pickle = pickleDict({ levelno: 20, name: 'app', ...fields });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pickle.length);
  return Buffer.concat([length, pickle]);
}

/** Sends bytes; true when the other side has ended the connection, false when it broke. */
async function send(port: number, bytes: Buffer): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  let hasEnded = false;
  socket.on('error', () => undefined);
  socket.on('end', () => {
    hasEnded = true;
  });
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.end(bytes);
  await closed;
  return hasEnded;
}

describe('the herald profile', () => {
  let service: LocalService;
  beforeAll(async () => {
    service = await startService({
      ...herald,
      HEARTBEAT_RECORDS_PATTERNS: JSON.stringify([
        { name: 'disk', contains: 'disk nearly', component: 'alarm', count: 3, quietSeconds: 1 },
      ]),
    });
  });
  afterAll(() => service.stop());

  it.each(findPythons())('stores every record of Python $version', async ({ version, program }) => {
    const name = `py-${version}`;
    await run(program, ['test/support/log-sender.py', String(service.heraldPort), '400', name]);
    await until(async () => (await countOf(service.url, name)) === 401);
    const [failure] = await records(service.url, `&name=${name}&level=error`);
    expect(failure).toMatchObject({
      ...{ message: 'failed', logger: 'backup.job', version: '1.2.3', instance: 'host1' },
      exception: expect.stringContaining('ValueError: broken'),
    });
    const found = await records(service.url, `&name=${name}&text=full%20399`);
    expect(found).toMatchObject([{ message: 'disk nearly full ü 399', level: 'warning' }]);
  });

  it('makes one heartbeat of many records in a second', async () => {
    const frames = Array.from({ length: 1_000 }, (_, n) =>
      frame({ msg: `m ${n}`, SYSTEM_ID: 'many' }),
    );
    await send(service.heraldPort, Buffer.concat(frames));
    const instances = await (await fetch(`${service.url}/api/v1/instances?name=many`)).json();
    expect(instances).toMatchObject({ instances: [{ name: 'many', state: 'up' }] });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const accepted = Number(/heartbeat_accepted_total{profile="herald"} (\d+)/.exec(metrics)?.[1]);
    expect(accepted).toBeLessThan(100);
  });

  it('takes JSON lines and syslog on the same port', async () => {
    const line = {
      message: 'from json',
      level: 'warn',
      service: { name: 'jsonapp', version: '2' },
    };
    await send(
      service.heraldPort,
      Buffer.from(`${JSON.stringify(line)}\nno json\n${JSON.stringify(line)}`),
    );
    await send(service.heraldPort, Buffer.from('<34>1 - h1 sysapp - - - from syslog\n'));
    expect(await records(service.url, '&name=jsonapp')).toMatchObject([
      { message: 'from json', version: '2', level: 'warning' },
      { message: 'from json' },
    ]);
    expect(await records(service.url, '&name=sysapp')).toMatchObject([
      { message: 'from syslog', instance: 'h1', level: 'critical' },
    ]);
  });

  it('ends the connection of a pickle that is refused, after storing what came before it', async () => {
    const before = frame({ msg: 'good', SYSTEM_ID: 'bad-sender' });
    const bad = Buffer.concat([Buffer.from([0, 0, 0, 6]), Buffer.from('cos\nx.')]);
    await send(service.heraldPort, Buffer.concat([before, bad, before]));
    expect(await countOf(service.url, 'bad-sender')).toBe(1);
    expect(service.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: 'a record was refused',
        reason: 'not-plain-data',
      }),
    );
  });

  it('goes on for others while one client hangs in the middle of a record', async () => {
    const hanging = connect(service.heraldPort, '127.0.0.1');
    await once(hanging, 'connect');
    hanging.write(frame({ msg: 'never complete', SYSTEM_ID: 'hanging' }).subarray(0, 20));
    await send(service.heraldPort, frame({ msg: 'other', SYSTEM_ID: 'other' }));
    expect(await countOf(service.url, 'other')).toBe(1);
    hanging.destroy();
  });

  it('reports a pattern once, and its end', async () => {
    const frames = Array.from({ length: 10 }, () =>
      frame({ msg: 'disk nearly full', SYSTEM_ID: 'alarm' }),
    );
    await send(service.heraldPort, Buffer.concat(frames));
    const events = await untilResult(
      async () => {
        const response = await fetch(
          `${service.url}/api/v1/events?kind=pattern.matched,pattern.ended&order=ascending`,
        );
        return eventsSchema.parse(await response.json()).events.map(({ data }) => data);
      },
      (found) => found.length >= 2,
    );
    expect(events).toMatchObject([
      {
        kind: 'pattern.matched',
        name: 'alarm',
        reason: 'Pattern disk: 3 records within 1 min match.',
      },
      { kind: 'pattern.ended', name: 'alarm', details: { pattern: 'disk', records: 10 } },
    ]);
  });

  it('accepts records over HTTP, and names what is wrong with others', async () => {
    const good = { name: 'web', version: '1', instance: 'i', message: '=1+1', level: 'error' };
    const post = (body: unknown) =>
      fetch(`${service.url}/api/v1/records`, { method: 'POST', body: JSON.stringify(body) });
    const mixed = await post([good, { ...good, level: 'loud' }]);
    expect(mixed.status).toBe(202);
    expect(await mixed.json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, errors: [{ path: '$[1].level', got: '"loud"' }] }],
    });
    const bad = await post({ ...good, message: 5 });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({
      code: 'records-rejected',
      rejected: [{ index: 0, errors: [{ path: '$.message', got: '5' }] }],
    });
    const csv = await (await fetch(`${service.url}/api/v1/records?name=web&format=csv`)).text();
    expect(csv).toContain(`'=1+1`);
  });

  it('refuses a search without a word', async () => {
    const response = await fetch(`${service.url}/api/v1/records?text=***`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ path: 'text', expected: 'a text with a word' }],
    });
  });
});

describe('forwarded records', () => {
  it('are all at the other service after it was away, once, and a loop ends', async () => {
    const dataDir = temporaryFolder();
    const far = await startService({ ...herald, HEARTBEAT_DATA_DIR: dataDir });
    const near = await startService({
      ...herald,
      HEARTBEAT_RECORDS_FORWARD_URL: far.url,
      HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '50',
      HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '200',
    });
    const sendNumbered = (from: number, count: number) =>
      send(
        near.heraldPort,
        Buffer.concat(
          Array.from({ length: count }, (_, n) =>
            frame({ msg: `n ${from + n}`, SYSTEM_ID: 'numbered' }),
          ),
        ),
      );
    await sendNumbered(0, 300);
    await until(async () => (await countOf(far.url, 'numbered')) === 300);
    await far.stop();
    await sendNumbered(300, 300);
    const again = await startService({
      ...herald,
      HEARTBEAT_DATA_DIR: dataDir,
      HEARTBEAT_HTTP_PORT: String(far.port),
      HEARTBEAT_RECORDS_FORWARD_URL: `herald://127.0.0.1:${near.heraldPort}`,
    });
    const found = await untilResult(
      () => records(again.url, '&name=numbered&order=ascending'),
      (all) => all.length >= 600,
    );
    expect(found.map(({ message }) => message)).toEqual(
      Array.from({ length: 600 }, (_, n) => `n ${n}`),
    );
    await until(async () => {
      const metrics = await (await fetch(`${near.url}/metrics`)).text();
      return Number(/records_refused_total{reason="loop"} (\d+)/.exec(metrics)?.[1]) >= 300;
    });
    expect(await countOf(near.url, 'numbered')).toBe(600);
    await Promise.all([near.stop(), again.stop()]);
  });
});

describe('a service that is killed', () => {
  it('has every record whose connection it had ended', async () => {
    const dataDir = temporaryFolder();
    const rounds = Number(process.env['CRASH_ROUNDS'] ?? 4);
    let ended = 0;
    let service: SpawnedService | undefined;
    for (let round = 0; round < rounds; round++) {
      service = await spawnService({ ...herald, HEARTBEAT_DATA_DIR: dataDir });
      const { heraldPort } = service;
      let isKilled = false;
      const sending = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!isKilled) {
            const batch = Array.from({ length: 50 }, (_, n) =>
              frame({ msg: `m ${n}`, SYSTEM_ID: 'killed' }),
            );
            // The system ends the connections of a process that is killed, too.
            const hasEnded = await send(heraldPort, Buffer.concat(batch));
            if (hasEnded && !isKilled) ended += batch.length;
          }
        }),
      );
      const soFar = ended;
      try {
        await until(() => ended > soFar + 1_000);
      } finally {
        isKilled = true;
        await service.kill();
        await sending;
      }
    }
    const last = await startService({ ...herald, HEARTBEAT_DATA_DIR: dataDir });
    const response = await fetch(`${last.url}/api/v1/records?name=killed&format=ndjson`);
    const stored = (await response.text()).trim().split('\n').length;
    expect(stored).toBeGreaterThanOrEqual(ended);
    await last.stop();
  });
});
