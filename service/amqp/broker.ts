import type { DependencyHealth } from '../contract/health.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { BrokerConnection, type BrokerOptions } from './connection.ts';
import { Consumer, type ConsumerOptions, type StoreRejected } from './consumer.ts';
import { toQueue } from './dead-letters.ts';
import { Publisher, type PublisherOptions } from './publisher.ts';
import type { Declaration } from './topology.ts';

export type RejectedQueue = {
  readonly name: string;
  /** Whether the queue is declared, or must exist already. */
  readonly declare: boolean;
};

/** One connection to a message broker, with its consumers and publishers. */
export type Broker = {
  /**
   * Adds a consumer, before `start`. Rejected messages go to the dead-letter queue; without one, the
   * broker drops them, or routes them as the queue's own dead-letter exchange says.
   */
  consume(options: ConsumerOptions, rejectedQueue?: RejectedQueue): void;
  /** Publishes on a channel of its own. */
  publisher(options?: PublisherOptions): Publisher;
  start(): void;
  /** Stops receiving, finishes the messages under way for at most this time, closes the connection. */
  stop(drainMs: number): Promise<void>;
  health(): DependencyHealth;
};

export function openBroker(options: BrokerOptions, runtime: Runtime): Broker {
  const { name } = options;
  const connection = new BrokerConnection(options, runtime);
  const consumers: Consumer[] = [];
  const running = () => consumers.filter(({ failure }) => failure === undefined).length;
  runtime.metrics.mirror('amqpConsumers', (gauge) => {
    gauge.set({ connection: name, state: 'running' }, running());
    gauge.set({ connection: name, state: 'waiting' }, consumers.length - running());
  });
  const publisher = (published: PublisherOptions = {}) =>
    new Publisher(connection, name, published, runtime);

  return {
    consume(consumed, rejectedQueue) {
      const storeRejected: StoreRejected =
        rejectedQueue === undefined
          ? async () => ({ kind: 'dropped' })
          : toQueue(
              rejectedQueue.name,
              consumed.queue,
              publisher({ declare: [declarationOf(rejectedQueue)] }),
              runtime.clock,
            );
      consumers.push(new Consumer(connection, name, consumed, storeRejected, runtime));
    },
    publisher,
    start() {
      connection.start();
      for (const consumer of consumers) consumer.start();
    },
    async stop(drainMs) {
      await Promise.all(consumers.map((consumer) => consumer.stop(drainMs)));
      await connection.stop();
    },
    health: () => healthOf(connection, consumers, options.address.url),
  };
}

const declarationOf = ({ name, declare }: RejectedQueue): Declaration =>
  declare ? { kind: 'queue', name, durable: true } : { kind: 'existing-queue', name };

function healthOf(
  { session, failure }: BrokerConnection,
  consumers: readonly Consumer[],
  url: string,
): DependencyHealth {
  const blocked = session?.blocked();
  const failing = consumers.flatMap(({ queue, failure: detail }) =>
    detail === undefined ? [] : [{ queue, detail }],
  );
  const isUp = session !== undefined && failing.length === 0;
  return {
    status: isUp ? 'up' : 'down',
    url,
    ...(failure ? { detail: failure.detail } : {}),
    ...(session && failing.length > 0 ? { queues: failing } : {}),
    ...(blocked === undefined ? {} : { blocked }),
  };
}
