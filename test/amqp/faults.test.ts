import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { createAuthority } from '../support/certificates.ts';
import { metric } from '../support/pipeline-state.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../support/rabbitmq.ts';
import { type LocalService, type Settings, startService } from '../support/service.ts';
import { createStarter } from '../support/starter.ts';
import { until, untilResult } from '../support/until.ts';

type Files = { caFile: string; certFile: string; keyFile: string };

let rabbit: Rabbit;
let client: Files;
let service: LocalService | undefined;
let queue = '';
let count = 0;

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const starter = createStarter(() => {
  const authority = createAuthority(folder);
  const { caFile } = authority;
  const server = authority.issue('rabbit', {
    commonName: 'localhost',
    alternativeNames: 'DNS:localhost',
  });
  client = { caFile, ...authority.issue('client', { commonName: 'heartbeat' }) };
  return startRabbit({
    tls: { caFile, ...server },
    plugins: ['rabbitmq_auth_mechanism_ssl'],
  });
});

beforeAll(async () => {
  rabbit = await starter.start();
}, 150_000);
afterAll(async () => {
  await starter.stop();
  rmSync(folder, { recursive: true });
}, 30_000);
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** A service that consumes a queue of its own. */
async function serving(settings: Settings = {}): Promise<LocalService> {
  queue = `q${++count}`;
  service = await startService({
    HEARTBEAT_INTAKE_AMQP_URL: rabbit.url,
    HEARTBEAT_INTAKE_AMQP_QUEUES: `[${queue}]`,
    ...settings,
  });
  return service;
}

type Health = { status: string; detail?: string; blocked?: string; queues?: { detail: string }[] };

async function health({ url }: LocalService): Promise<Health> {
  const { dependencies } = Object(await (await fetch(`${url}/health`)).json());
  return dependencies.amqp;
}

const untilUp = (running: LocalService) =>
  untilResult(
    () => health(running),
    ({ status }) => status === 'up',
    { withinMs: 60_000 },
  );

/** Waits until the health has a detail that matches. */
const untilDown = (running: LocalService, detail: RegExp) =>
  untilResult(
    () => health(running),
    (now) => now.status === 'down' && detail.test(now.detail ?? now.queues?.[0]?.detail ?? ''),
    { withinMs: 30_000 },
  );

const errorsOf = ({ lines }: LocalService) => lines.filter(({ level }) => level === 'error');

async function expectDelivery(running: LocalService, instance: string): Promise<void> {
  await rabbit.publish(queue, JSON.stringify({ name: 'Orion', version: '1', instance }));
  await until(async () => {
    const { url } = running;
    return (await fetch(`${url}/api/v1/instances/Orion/1/${instance}`)).status === 200;
  });
}

describeWith([rabbitProgram, 'openssl'], 'The intake from a broker with faults', () => {
  it('starts without the broker, and consumes when it is there', async () => {
    await rabbit.kill();
    const running = await serving();
    await untilDown(running, /ECONNREFUSED/);
    // The service is ready: other emitters use it.
    expect((await fetch(`${running.url}/health/ready`)).status).toBe(200);
    await delay(1_000);
    expect(errorsOf(running)).toMatchObject([{ msg: 'the broker cannot be used; will retry' }]);
    expect(await metric(running.url, 'heartbeat_amqp_up', '{connection="intake"}')).toBe(0);
    await rabbit.start();
    await untilUp(running);
    await expectDelivery(running, 'first');
    expect(errorsOf(running)).toHaveLength(1);
  }, 150_000);

  it('names wrong credentials, and uses them when the broker knows them', async () => {
    const running = await serving({
      HEARTBEAT_INTAKE_AMQP_USERNAME: 'emitter',
      HEARTBEAT_INTAKE_AMQP_PASSWORD: 'correct-horse',
    });
    await untilDown(running, /ACCESS_REFUSED/);
    expect(JSON.stringify(running.lines)).not.toContain('correct-horse');
    await rabbit.api('PUT', '/users/emitter', { password: 'correct-horse', tags: '' });
    await rabbit.api('PUT', '/permissions/%2f/emitter', {
      configure: '.*',
      write: '.*',
      read: '.*',
    });
    await untilUp(running);
    await expectDelivery(running, 'a');
    expect(errorsOf(running)).toHaveLength(1);
  });

  it('names a virtual host that is missing, and uses it when it is made', async () => {
    const running = await serving({ HEARTBEAT_INTAKE_AMQP_URL: `${rabbit.url}/zone%2F1` });
    await untilDown(running, /virtual host zone\/1/);
    await rabbit.api('PUT', '/vhosts/zone%2f1', {});
    await untilUp(running);
  });

  it('names a queue that is missing or has other properties, and consumes the others', async () => {
    await rabbit.api('PUT', '/queues/%2f/short', {
      durable: true,
      arguments: { 'x-message-ttl': 60_000 },
    });
    const running = await serving();
    await running.stop();
    const both = await serving({ HEARTBEAT_INTAKE_AMQP_QUEUES: `[q${count + 1}, short]` });
    await untilDown(both, /PRECONDITION_FAILED.*x-message-ttl/);
    await expectDelivery(both, 'b');
    await rabbit.api('DELETE', '/queues/%2f/short');
    await untilUp(both);
    expect(errorsOf(both)).toMatchObject([{ queue: 'short' }]);
  });

  it('continues when the queue is deleted under it', async () => {
    const running = await serving();
    await untilUp(running);
    await rabbit.api('DELETE', `/queues/%2f/${queue}`);
    await until(() => errorsOf(running).length === 1);
    expect(errorsOf(running)).toMatchObject([{ queue, detail: 'the queue was deleted' }]);
    await untilUp(running);
    await expectDelivery(running, 'c');
  });

  it('uses TLS and a client certificate, whose name is the user', async () => {
    await rabbit.api('PUT', '/users/heartbeat', { password: 'unused', tags: '' });
    await rabbit.api('PUT', '/permissions/%2f/heartbeat', {
      configure: '.*',
      write: '.*',
      read: '.*',
    });
    const running = await serving({
      HEARTBEAT_INTAKE_AMQP_URL: rabbit.tlsUrl,
      HEARTBEAT_INTAKE_AMQP_CA_FILE: client.caFile,
      HEARTBEAT_INTAKE_AMQP_CERT_FILE: client.certFile,
      HEARTBEAT_INTAKE_AMQP_KEY_FILE: client.keyFile,
    });
    await untilUp(running);
    await expectDelivery(running, 'd');
    await untilResult(
      async () => JSON.stringify(await rabbit.api('GET', '/connections')),
      (connections) => connections.includes('"user":"heartbeat"'),
    );
    await running.stop();
    const untrusting = await serving({ HEARTBEAT_INTAKE_AMQP_URL: rabbit.tlsUrl });
    await untilDown(untrusting, /certificate/);
  });

  it('accepts heartbeats during a memory alarm; rejected messages wait for its end', async () => {
    const before = await serving();
    await untilUp(before);
    const { url, ...own } = { url: rabbit.url, HEARTBEAT_INTAKE_AMQP_QUEUES: `[${queue}]` };
    await before.stop();
    await rabbit.publish(queue, 'poison');
    await rabbit.publish(queue, '{"name":"Orion","version":"1","instance":"good"}');
    await rabbit.ctl('set_vm_memory_high_watermark', '0.0000001');
    try {
      const running = await serving({ HEARTBEAT_INTAKE_AMQP_URL: url, ...own });
      await until(
        async () =>
          (await fetch(`${running.url}/api/v1/instances/Orion/1/good`)).status === 200 &&
          (await health(running)).blocked !== undefined,
        { withinMs: 40_000 },
      );
      expect(await metric(running.url, 'heartbeat_amqp_blocked', '{connection="intake"}')).toBe(1);
    } finally {
      await rabbit.ctl('set_vm_memory_high_watermark', '0.4');
    }
    const dead = `q${count - 1}.rejected`;
    await until(async () => (await rabbit.countMessages(dead)) >= 1, { withinMs: 30_000 });
  }, 120_000);
});
