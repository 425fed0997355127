import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Channel, connect } from 'amqplib';
import { describeWith } from '../../support/programs.ts';
import {
  type Rabbit,
  rabbitProgram,
  startRabbit,
  type TakenMessage,
} from '../../support/rabbitmq.ts';
import { redisPrograms, startRedis } from '../../support/redis.ts';
import { startService } from '../../support/service.ts';
import { createStarter } from '../../support/starter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort, portOf } from '../../support/test-server.ts';
import { untilResult } from '../../support/until.ts';
import { type AgentProcess, startAgent } from '../run-agent.ts';
import { messagesOf, publisherCases, withoutTimes } from './recorded.ts';

const starter = createStarter(() => startRabbit());
let rabbit: Rabbit;
const agents: AgentProcess[] = [];
const opened: { close(): unknown }[] = [];

beforeAll(async () => {
  rabbit = await starter.start();
}, 150_000);
afterAll(() => starter.stop(), 30_000);
afterEach(async () => {
  for (const agent of agents.splice(0)) {
    agent.kill('SIGKILL');
    await agent.done;
  }
  for (const one of opened.splice(0)) await one.close();
});

const recorded = (name: string) => {
  const found = publisherCases().find((one) => one.name === name);
  if (!found) throw new Error(`no recorded case ${name}`);
  return found;
};

/** The agent with a file of the publisher and its variables. */
function startPublisher(file: unknown, variables: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  const path = join(folder, 'publisher_config.json');
  writeFileSync(path, JSON.stringify(file));
  const agent = startAgent(['--pipeline-heartbeat', path], {
    RABBITMQ_HOST: '127.0.0.1',
    RABBITMQ_PORT: String(rabbit.port),
    RABBITMQ_MANAGEMENT_PORT: String(rabbit.managementPort),
    RABBITMQ_EXCHANGE: 'my_exchange',
    RABBITMQ_QUEUE: 'heartbeat',
    RABBITMQ_ROUTING_KEY: 'my_exchange_heartbeat',
    PUBLISH_INTERVAL: '1',
    STATE_DIRECTORY: folder,
    ...variables,
  });
  agents.push(agent);
  return agent;
}

async function createVhost(vhost: string): Promise<void> {
  const name = encodeURIComponent(vhost);
  await rabbit.api('PUT', `/vhosts/${name}`);
  const all = { configure: '.*', write: '.*', read: '.*' };
  await rabbit.api('PUT', `/permissions/${name}/guest`, all);
}

const declareExchange = (vhost: string) =>
  rabbit.api('PUT', `/exchanges/${encodeURIComponent(vhost)}/my_exchange`, {
    type: 'topic',
    durable: true,
  });

async function nextMessages(vhost: string, queue = 'heartbeat'): Promise<TakenMessage[]> {
  const path = `/queues/${encodeURIComponent(vhost)}/${queue}/get`;
  const options = { count: 100, ackmode: 'ack_requeue_false', encoding: 'auto' };
  const taken = await untilResult(
    () => rabbit.api('POST', path, options).catch(() => []),
    (messages) => Array.isArray(messages) && messages.length > 0,
    { everyMs: 100 },
  );
  return Array.isArray(taken) ? taken : [];
}

/** Queues and consumers of the recording. */
async function startConsumers(vhost: string): Promise<Channel> {
  const model = await connect(`${rabbit.url}/${encodeURIComponent(vhost)}`);
  opened.push(model);
  const channel = await model.createChannel();
  const consumers = {
    inbox: ['mq-interceptor-7f'],
    ingest: ['sda-ingest@host1', 'other'],
    idle: [],
    single: ['first', 'second'],
  };
  for (const [queue, tags] of Object.entries(consumers)) {
    const limits = queue === 'single' ? { 'x-single-active-consumer': true } : {};
    await channel.assertQueue(queue, { durable: true, arguments: limits });
    for (const consumerTag of tags) await channel.consume(queue, () => undefined, { consumerTag });
  }
  // The management API lists a consumer a few seconds later.
  for (const [queue, tags] of Object.entries(consumers)) {
    const path = `/queues/${encodeURIComponent(vhost)}/${queue}`;
    await untilResult(
      async () => Object(await rabbit.api('GET', path)).consumer_details,
      (details) => details?.length === tags.length,
      { everyMs: 200 },
    );
  }
  return channel;
}

async function startListener(): Promise<number> {
  const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  opened.push(server);
  return portOf(server);
}

describeWith([rabbitProgram], '--pipeline-heartbeat', () => {
  it('publishes the recorded message for the recorded file, without any property', async () => {
    const one = recorded(
      'publisher: hosts and consumers, several rounds; a host stops, a consumer goes',
    );
    await createVhost('hbtest');
    await declareExchange('hbtest');
    const channel = await startConsumers('hbtest');
    const [open, closed] = [await startListener(), await freePort()];
    const file = JSON.parse(
      JSON.stringify(one.setup.publisher_config)
        .replaceAll('36621', String(open))
        .replaceAll('35217', String(closed)),
    );

    const agent = startPublisher(file, { RABBITMQ_VHOST: 'hbtest' });
    const [message, ...later] = await nextMessages('hbtest');
    const [first = '', ...others] = messagesOf(one);
    expect(withoutTimes(message?.payload ?? '')).toBe(withoutTimes(first));
    expect(message).toMatchObject({
      // The original sends no headers at all; its subscriber reads no property.
      properties: { headers: {} },
      exchange: 'my_exchange',
      routing_key: 'my_exchange_heartbeat',
    });

    await channel.cancel('mq-interceptor-7f');
    const withoutConsumer = withoutTimes(others.at(-1) ?? '');
    const after = await untilResult(
      () => nextMessages('hbtest'),
      (messages) =>
        messages.some(({ payload }) =>
          withoutTimes(payload).includes('{"name": "inbox", "status": "not_ok"'),
        ),
    );
    const all = [message, ...later, ...after].map((taken) => JSON.parse(taken?.payload ?? '{}'));
    // The hosts of the recording stopped too; ours still run.
    const queues = withoutConsumer.slice(withoutConsumer.indexOf('"rmq_consumers"'));
    expect(withoutTimes(after.at(-1)?.payload ?? '')).toContain(queues);
    // T0 stays, the times of the components move on.
    expect(new Set(all.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(new Set(all.map(({ hosts }) => hosts[0].timestamp)).size).toBeGreaterThan(1);
    agent.kill('SIGTERM');
    expect((await agent.done).code).toBe(0);
  }, 60_000);

  it('reads queues of the default virtual host, which the original cannot', async () => {
    await declareExchange('/');
    await startConsumers('/');
    const listeners = [{ tag: 'interceptor', name: 'a' }];
    startPublisher({ heartbeat: { rmq_consumers: [{ queue: 'inbox', listeners }] } });
    const [message] = await nextMessages('/');
    expect(JSON.parse(message?.payload ?? '')).toMatchObject({
      rmq_consumers: { services_status: [{ name: 'a', status: 'ok' }] },
    });
  }, 60_000);

  it('waits for an exchange that is missing, and then publishes what it kept first', async () => {
    await createVhost('later');
    const agent = startPublisher({ heartbeat: {} }, { RABBITMQ_VHOST: 'later' });
    const outage = await agent.logged('delivery fails: records wait');
    expect(outage['detail']).toContain("no exchange 'my_exchange'");
    await declareExchange('later');
    const messages = await nextMessages('later');
    const [first] = messages.map(({ payload }) => JSON.parse(payload));
    expect(first).toEqual({
      status: 'heartbeat',
      service: 'publisher',
      timestamp: expect.stringMatching(/ UTC$/),
      hosts: [],
      rmq_consumers: { queues_status: [], services_status: [] },
    });
  }, 90_000);
});

describeWith([rabbitProgram, ...redisPrograms], 'a file of the publisher', () => {
  it('becomes the recorded keys in Redis, by the agent, RabbitMQ and the service', async () => {
    const redis = await startRedis();
    opened.push({ close: () => redis.stop() });
    await declareExchange('/');
    const service = await startService({
      HEARTBEAT_INTAKE_AMQP_URL: rabbit.url,
      HEARTBEAT_INTAKE_AMQP_QUEUES: '[heartbeat]',
      HEARTBEAT_DESTINATIONS_REDIS_URL: redis.url,
    });
    opened.push({ close: () => service.stop() });
    // As in the recording "publisher and subscriber together".
    const hosts = [
      { host: '127.0.0.1', port: service.port },
      { host: '127.0.0.1', port: String(await freePort()), name: 'sda-db' },
    ];
    const listeners = [
      { tag: 'absent', name: 'ctag' },
      { tag: '', name: 'any' },
    ];
    const consumers = [{ queue: 'heartbeat', listeners }];
    const agent = startPublisher({ heartbeat: { hosts, rmq_consumers: consumers } });
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/;
    const read = async () => ({
      ...(await redis.strings('service:*')),
      ...(await redis.strings('queue:*')),
    });
    const keys = await untilResult(read, (found) =>
      ['service:any:ok', 'service:sda-db:not_ok'].every((key) =>
        Object.keys(found).some((one) => one.endsWith(key)),
      ),
    );
    expect(Object.keys(keys)).toEqual(
      expect.arrayContaining([
        'service:127.0.0.1:ok',
        'service:sda-db:not_ok',
        'service:ctag:not_ok',
        'service:any:ok',
        'queue:heartbeat:not_ok',
      ]),
    );
    for (const value of Object.values(keys)) expect(value).toMatch(time);
    agent.kill('SIGTERM');
    expect((await agent.done).code).toBe(0);
  }, 60_000);
});
