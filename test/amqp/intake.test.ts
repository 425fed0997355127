import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { openStackSettings } from '../support/openstack-settings.ts';
import { metric } from '../support/pipeline-state.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit, type TakenMessage } from '../support/rabbitmq.ts';
import { type LocalService, type Settings, startService } from '../support/service.ts';
import { createStarter } from '../support/starter.ts';
import { until, untilResult } from '../support/until.ts';

const starter = createStarter(() => startRabbit());
let rabbit: Rabbit;
let service: LocalService | undefined;
let queue = '';
let count = 0;

beforeAll(async () => {
  rabbit = await starter.start();
}, 150_000);
afterAll(() => starter.stop(), 30_000);
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** A service that consumes a queue of its own. */
async function serving(settings: Settings = {}): Promise<LocalService> {
  queue = `q${++count}`;
  const started = await startService({
    HEARTBEAT_INTAKE_AMQP_URL: rabbit.url,
    HEARTBEAT_INTAKE_AMQP_QUEUES: `[${queue}]`,
    ...settings,
  });
  service = started;
  await until(async () => (await healthOf(started)).status === 'up');
  return started;
}

const get = async ({ url }: LocalService, path: string) => (await fetch(`${url}${path}`)).json();

async function healthOf(of: LocalService): Promise<{ status: string; detail?: string }> {
  const { dependencies } = Object(await get(of, '/health'));
  return dependencies.amqp;
}

/** Known instances by their name, as far as the fields are wanted. */
async function instances(of: LocalService): Promise<Map<string, Record<string, unknown>>> {
  const { instances } = Object(await get(of, '/api/v1/instances'));
  return new Map(
    instances.map((found: { name: string; instance: string }) => [
      `${found.name}/${found.instance}`,
      found,
    ]),
  );
}

const settled = (of: LocalService, result: string) =>
  metric(of.url, 'heartbeat_amqp_messages_total', `{connection="intake",result="${result}"}`);

async function rejectedMessages(wanted: number): Promise<TakenMessage[]> {
  const dead = `${queue}.rejected`;
  await untilResult(
    () => rabbit.countMessages(dead).catch(() => 0),
    (messages) => messages === wanted,
  );
  return rabbit.take(dead);
}

const reasonOf = ({ properties }: TakenMessage) => String(properties.headers?.['heartbeat-reason']);

const beat = (instance: string, fields: object = {}) =>
  JSON.stringify({ name: 'Orion', version: '1.0', instance, ...fields });

describeWith([rabbitProgram], 'openAmqpIntake', () => {
  it('stores one heartbeat, an array and lines, and acknowledges them', async () => {
    const running = await serving();
    await rabbit.publish(queue, beat('a'));
    await rabbit.publish(queue, `[${beat('b')},${beat('c')}]`);
    await rabbit.publish(queue, `${beat('d')}\n${beat('e', { status: 'not_ok', message: 'x' })}\n`);
    const found = await untilResult(
      () => instances(running),
      (all) => all.size === 5,
    );
    expect([...found.values()].map(({ state }) => state)).toEqual(Array(5).fill('up'));
    expect(found.get('Orion/e')).toMatchObject({ status: 'not_ok', statusMessage: 'x' });
    expect(await settled(running, 'acknowledged')).toBe(3);
    const accepted = 'heartbeat_accepted_total';
    expect(await metric(running.url, accepted, '{profile="amqp"}')).toBe(5);
    await service?.stop();
    expect(await rabbit.countMessages(queue)).toBe(0);
  });

  it("makes instances of what a publisher of pipeline-heartbeat checks, and events of what isn't ok", async () => {
    const running = await serving();
    const recording = readFileSync('test/fixtures/oracle/pipeline-heartbeat.jsonl', 'utf8')
      .split('\n')
      .find((line) => line.includes('several rounds'));
    const { steps } = JSON.parse(recording ?? '');
    const { publish } = steps.find((step: { publish?: unknown }) => step.publish !== undefined);
    const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
    const text = publish.body_text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, now);
    await rabbit.publish(queue, text);
    const found = await untilResult(
      () => instances(running),
      (all) => all.size === 18,
    );
    const inShort = (key: string) => {
      const { version, state, status, interval } = found.get(key) ?? {};
      return { version, state, status, interval };
    };
    const plain = { version: 'pipeline-heartbeat', state: 'up', interval: 60 };
    expect(inShort('host/sda-doa')).toEqual(plain);
    expect(inShort('host/sda-db')).toEqual({ ...plain, status: 'not_ok' });
    expect(inShort('queue/ingest')).toEqual({ ...plain, status: 'not_ok' });
    expect(inShort('consumer/mq-interceptor')).toEqual(plain);
    expect(inShort('publisher/publisher')).toEqual(plain);
    await rabbit.publish(
      queue,
      text.replace('"sda-db", "status": "not_ok"', '"sda-db", "status": "ok"'),
    );
    const { events } = await untilResult(
      async () => Object(await get(running, '/api/v1/events?instance=sda-db')),
      (answer) => answer.events.length === 3,
    );
    const kinds = events.map(({ data }: { data: { kind: string } }) => data.kind);
    expect(kinds).toEqual(['status.ok', 'status.not_ok', 'started']);
    expect(events[1].data).toMatchObject({
      reason: 'The instance is alive and reports that it is not ok: no TCP connection to the host.',
    });
  });

  it('moves messages that it can never store to the dead-letter queue', async () => {
    const running = await serving({ HEARTBEAT_HTTP_MAX_BODY_BYTES: '2048' });
    await rabbit.publish(queue, 'no JSON');
    await rabbit.publish(queue, '');
    await rabbit.publish(queue, beat('a', { interval: 'often' }));
    await rabbit.publish(queue, `[${beat('good')},${beat('')},5]`);
    await rabbit.publish(queue, beat('x'.repeat(2_048)));
    await rabbit.publish(queue, beat('zip'), { content_encoding: 'gzip' });
    await rabbit.publish(queue, beat('last'));
    const dead = await rejectedMessages(6);
    const reasons = dead.map(reasonOf).toSorted();
    expect(reasons).toEqual([
      expect.stringMatching(/^\$\.interval: expected a number of seconds/),
      expect.stringMatching(/^1 heartbeats stored; not \$\[1\]\.instance: expected a string of 1/),
      'The body is empty.',
      expect.stringMatching(/^The body is not JSON/),
      'The content encoding is gzip, not identity.',
      expect.stringMatching(/^The message has \d+ bytes, 2048 are allowed\.$/),
    ]);
    expect(dead.find(({ payload }) => payload === 'no JSON')).toBeDefined();
    await until(async () => (await instances(running)).size === 2);
    expect(await settled(running, 'dead-lettered')).toBe(6);
  });

  it('keeps messages in the queue while the store takes none', async () => {
    const running = await serving({
      // No Keystone: what is stored waits for delivery.
      ...openStackSettings('http://127.0.0.1:1'),
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '3',
      HEARTBEAT_OUTBOX_MAX_RECORDS: '3',
    });
    for (let n = 0; n < 5; n++) await rabbit.publish(queue, beat(`i-${n}`));
    await until(async () => (await settled(running, 'retried')) >= 4);
    expect(await settled(running, 'acknowledged')).toBe(3);
    expect(await settled(running, 'dead-lettered')).toBe(0);
    await service?.stop();
    await until(async () => (await rabbit.countMessages(queue)) === 2);
  });

  it('counts heartbeats that waited as history, and their clocks as right', async () => {
    const running = await serving();
    const ago = (seconds: number) => Math.round(Date.now() / 1_000 - seconds);
    const interval = 10;
    const waited = { timestamp: ago(100), sentAt: ago(100), interval };
    await rabbit.publish(queue, `[${beat('live', { interval })},${beat('waited', waited)}]`);
    await rabbit.publish(queue, beat('of-its-message', { interval }), { timestamp: ago(100) });
    await rabbit.publish(queue, beat('short', { timestamp: ago(30), sentAt: ago(30), interval }));
    await until(async () => (await settled(running, 'acknowledged')) === 3);
    await until(async () => (await instances(running)).has('Orion/short'));
    expect([...(await instances(running)).keys()].toSorted()).toEqual([
      'Orion/live',
      'Orion/short',
    ]);
    const { events } = Object(await get(running, '/api/v1/events?kind=clock.skewed'));
    expect(events).toEqual([]);
    // The ledger has them, with their own times.
    const then = await get(running, '/api/v1/active?from=now-2m&to=now-90s&by=instance');
    expect(JSON.stringify(then)).toMatch(/"of-its-message".*"waited"/);
  });

  it('consumes several queues, which exist already where it must not declare them', async () => {
    const arguments_ = { 'x-max-length': 1_000 };
    for (const name of ['own', 'own.rejected', 'other', 'poison']) {
      await rabbit.api('PUT', `/queues/%2f/${name}`, { durable: true, arguments: arguments_ });
    }
    const running = await serving({
      HEARTBEAT_INTAKE_AMQP_QUEUES: '[own, {name: other, deadLetterQueue: poison}]',
      HEARTBEAT_INTAKE_AMQP_DECLARE: 'false',
    });
    await rabbit.publish('own', beat('a'));
    await rabbit.publish('other', beat('b'));
    await rabbit.publish('other', 'x');
    await until(async () => (await instances(running)).size === 2);
    await until(async () => (await rabbit.countMessages('poison')) === 1);
  });
});
