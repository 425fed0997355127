import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Broker, openBroker } from '../../service/amqp/broker.ts';
import type { ConsumerOptions, MessageVerdict } from '../../service/amqp/consumer.ts';
import type { IncomingMessage } from '../../service/amqp/message.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../support/rabbitmq.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { createStarter } from '../support/starter.ts';
import { until } from '../support/until.ts';

const backoff = { firstMs: 50, maxMs: 200 };
const starter = createStarter(() => startRabbit());
const opened: Broker[] = [];
let rabbit: Rabbit;

beforeAll(async () => {
  rabbit = await starter.start();
}, 150_000);
afterAll(() => starter.stop(), 30_000);
afterEach(async () => {
  for (const broker of opened.splice(0)) await broker.stop(1_000);
});

function open(address: Partial<Parameters<typeof openBroker>[0]['address']> = {}) {
  const { log, lines } = createRecordedLog();
  const metrics = createMetrics({ connection: ['intake'] });
  const broker = openBroker(
    {
      name: 'intake',
      address: { url: rabbit.url, username: 'guest', password: new Secret('guest'), ...address },
      backoff,
    },
    { clock: systemClock, log, metrics },
  );
  opened.push(broker);
  return { broker, lines, metrics };
}

/** A consumer of a durable queue, and what it received. */
function consumerOf(
  queue: string,
  verdict: (message: IncomingMessage) => MessageVerdict | Promise<MessageVerdict> = () => ({
    kind: 'done',
  }),
): ConsumerOptions & { readonly received: string[] } {
  const received: string[] = [];
  return {
    queue,
    declare: [{ kind: 'queue', name: queue, durable: true }],
    prefetch: 10,
    async handle(message) {
      received.push(message.body.toString());
      return verdict(message);
    },
    received,
  };
}

describeWith([rabbitProgram], 'openBroker', () => {
  it('consumes a queue, and acknowledges what was handled', async () => {
    const { broker } = open();
    const consumer = consumerOf('plain');
    broker.consume(consumer);
    broker.start();
    await until(() => broker.health().status === 'up');
    for (let n = 1; n <= 25; n++) await rabbit.publish('plain', String(n));
    await until(() => consumer.received.length === 25);
    expect(consumer.received).toEqual(Array.from({ length: 25 }, (_, n) => String(n + 1)));
    await broker.stop(1_000);
    await until(async () => (await rabbit.countMessages('plain')) === 0);
  });

  it('handles a message again that could not be handled, and others meanwhile', async () => {
    const { broker } = open();
    let attempts = 0;
    const consumer = consumerOf('again', ({ body }) => {
      if (body.toString() !== 'late' || ++attempts > 2) return { kind: 'done' };
      return { kind: 'retry', detail: 'not now' };
    });
    broker.consume(consumer);
    broker.start();
    await until(() => broker.health().status === 'up');
    await rabbit.publish('again', 'late');
    await rabbit.publish('again', 'other');
    await until(() => attempts === 3);
    expect(consumer.received.toSorted()).toEqual(['late', 'late', 'late', 'other']);
  });

  it('moves rejected messages to the dead-letter queue, with the reason', async () => {
    const { broker } = open();
    const consumer = consumerOf('judged', () => ({ kind: 'rejected', reason: 'it is poison' }));
    broker.consume(consumer, { name: 'judged.dead', declare: true });
    broker.start();
    await until(() => broker.health().status === 'up');
    await rabbit.publish('judged', 'poison', { headers: { own: 'kept' }, message_id: 'id-1' });
    await until(async () => (await rabbit.countMessages('judged.dead')) === 1);
    const [dead] = await rabbit.take('judged.dead');
    expect(dead).toMatchObject({
      payload: 'poison',
      properties: {
        message_id: 'id-1',
        delivery_mode: 2,
        headers: {
          own: 'kept',
          'heartbeat-reason': 'it is poison',
          'heartbeat-queue': 'judged',
          'heartbeat-rejected-at': expect.stringMatching(/^20/),
        },
      },
    });
  });

  it('confirms what is in a queue, and reports what no queue takes', async () => {
    const { broker } = open();
    const publisher = broker.publisher({
      declare: [{ kind: 'queue', name: 'target', durable: true }],
    });
    const message = { exchange: '', body: Buffer.from('x'), isPersistent: true };
    expect(await publisher.publish({ ...message, routingKey: 'target' })).toMatchObject({
      kind: 'failed',
      reason: 'unavailable',
    });
    broker.start();
    await until(() => broker.health().status === 'up');
    const confirmations = await Promise.all(
      ['target', 'nowhere', 'target'].map((routingKey) =>
        publisher.publish({ ...message, routingKey }),
      ),
    );
    expect(confirmations.map(({ kind }) => kind)).toEqual(['confirmed', 'returned', 'confirmed']);
    expect(await rabbit.take('target')).toHaveLength(2);
  });

  it('continues after the queue was deleted under the consumer', async () => {
    const { broker, lines } = open();
    const consumer = consumerOf('fragile');
    broker.consume(consumer);
    broker.start();
    await until(() => broker.health().status === 'up');
    await rabbit.api('DELETE', '/queues/%2f/fragile');
    await until(() => lines.some(({ detail }) => detail === 'the queue was deleted'));
    await until(() => broker.health().status === 'up');
    await rabbit.publish('fragile', 'after');
    await until(() => consumer.received.includes('after'));
  });
});
