import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { AgentHeartbeat } from '../../service/agent/heartbeat.ts';
import { createPattern } from '../../service/agent/probes/pattern.ts';
import { runProbe } from '../../service/agent/probes/probe.ts';
import { createRabbitMqProbe } from '../../service/agent/probes/rabbitmq.ts';
import { createAmqpSender } from '../../service/agent/sending/amqp.ts';
import type { AgentSender } from '../../service/agent/sending/sender.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../support/rabbitmq.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { createStarter } from '../support/starter.ts';
import { freePort } from '../support/test-server.ts';
import { untilResult } from '../support/until.ts';

const starter = createStarter(() => startRabbit());
let rabbit: Rabbit;
let model: ChannelModel;
let channel: Channel;
const senders: AgentSender<AgentHeartbeat>[] = [];

beforeAll(async () => {
  rabbit = await starter.start();
  model = await connect(rabbit.url);
  channel = await model.createChannel();
}, 150_000);
afterAll(async () => {
  await model?.close();
  await starter.stop();
}, 30_000);
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
});

const { signal } = new AbortController();

describeWith([rabbitProgram], 'createRabbitMqProbe', () => {
  const access = (password = 'guest', port = rabbit.managementPort) => ({
    url: `http://127.0.0.1:${port}/`,
    username: 'guest',
    password: new Secret(password),
  });
  const check = (
    queue: string,
    options: { tag?: string; minConsumers?: number; vhost?: string } = {},
    to = access(),
  ) => {
    const { tag, minConsumers = 1, vhost = '/' } = options;
    const pattern = tag === undefined ? undefined : createPattern(tag);
    const probe = createRabbitMqProbe({ access: to, vhost, queue, tag: pattern, minConsumers });
    return runProbe(probe, { timeoutMs: 5_000, late: 'unknown', signal });
  };
  const becomes = (run: () => ReturnType<typeof check>, kind: string) =>
    untilResult(run, (result) => result.kind === kind, { everyMs: 200 });

  it('counts the consumers of a queue whose tags match', async () => {
    const queue = 'a/b ü?';
    await channel.assertQueue(queue);
    expect(await check(queue)).toEqual({ kind: 'not_ok', message: '0 of 1 consumers' });
    expect(await check(queue, { minConsumers: 0 })).toEqual({ kind: 'ok' });
    await channel.consume(queue, () => undefined, { consumerTag: 'ingest@host1' });
    await becomes(() => check(queue), 'ok');
    expect(await check(queue, { tag: '^ingest@' })).toEqual({ kind: 'ok' });
    expect(await check(queue, { tag: 'INGEST' })).toMatchObject({ kind: 'not_ok' });
    expect(await check(queue, { tag: 'ingest', minConsumers: 2 })).toEqual({
      kind: 'not_ok',
      message: '1 of 2 consumers',
    });
    await channel.cancel('ingest@host1');
    await becomes(() => check(queue), 'not_ok');
  }, 30_000);

  it('counts consumers that wait for their turn', async () => {
    await channel.assertQueue('single', { arguments: { 'x-single-active-consumer': true } });
    for (const consumerTag of ['first', 'second']) {
      await channel.consume('single', () => undefined, { consumerTag });
    }
    await becomes(() => check('single', { minConsumers: 2 }), 'ok');
  }, 30_000);

  it('is not OK without the queue, and unknown when the API fails', async () => {
    expect(await check('absent')).toEqual({ kind: 'not_ok', message: 'no queue absent' });
    expect(await check('absent', { vhost: 'absent' })).toMatchObject({ kind: 'not_ok' });
    expect(await check('single', {}, access('wrong'))).toEqual({
      kind: 'unknown',
      message: 'management API: status 401',
    });
    expect(await check('single', {}, access('guest', await freePort()))).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await check('single', {}, access('guest', rabbit.port))).toMatchObject({
      kind: 'unknown',
    });
  });
});

describeWith([rabbitProgram], 'createAmqpSender', () => {
  const heartbeats: AgentHeartbeat[] = ['a', 'b'].map((instance) => ({
    name: 'Orion',
    version: '3',
    instance,
    timestamp: 5,
    interval: 30,
  }));
  const open = (options: Partial<Parameters<typeof createAmqpSender>[0]> = {}) => {
    const { log } = createRecordedLog();
    const sender = createAmqpSender(
      {
        url: rabbit.url,
        username: 'guest',
        password: new Secret('guest'),
        ...{ caFile: undefined, certFile: undefined, keyFile: undefined },
        ...{ exchange: '', routingKey: 'heartbeats' },
        ...options,
      },
      { clock: systemClock, log },
    );
    senders.push(sender);
    return sender;
  };

  it('publishes a batch as one persistent message, and waits for a queue', async () => {
    const sender = open();
    const send = () => sender.send(heartbeats, signal);
    await untilResult(
      send,
      (outcome) => outcome.kind === 'retry' && outcome.reason === 'unexpected-answer',
    );
    await channel.assertQueue('heartbeats', { durable: true });
    expect(await send()).toEqual({ kind: 'delivered' });
    const [message] = await rabbit.take('heartbeats');
    const lines = message?.payload.split('\n').map((line) => JSON.parse(line));
    expect(lines).toEqual(heartbeats.map((one) => ({ ...one, sentAt: expect.any(Number) })));
    expect(message?.properties).toMatchObject({
      delivery_mode: 2,
      content_type: 'application/x-ndjson',
    });
  }, 30_000);

  it('waits while the login is refused or the broker is away', async () => {
    const refused = open({ password: new Secret('wrong') });
    await untilResult(
      () => refused.send(heartbeats, signal),
      (outcome) => outcome.kind === 'retry' && outcome.detail.includes('ACCESS_REFUSED'),
    );
    const away = open({ url: `amqp://127.0.0.1:${await freePort()}` });
    await untilResult(
      () => away.send(heartbeats, signal),
      (outcome) => outcome.kind === 'retry' && outcome.detail.includes('ECONNREFUSED'),
    );
  }, 30_000);
});
