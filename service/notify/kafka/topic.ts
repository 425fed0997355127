import { isIP } from 'node:net';
import type { Producer } from '@platformatic/kafka';
import { readClientTls } from '../../config/sections/destinations/client-tls.ts';
import type { KafkaConfig } from '../../config/sections/notifiers/kafka.ts';
import { delivered, type Outcome, retry } from '../../contract/outcome.ts';
import { classifyError, partitionsStored } from './failure.ts';
import type { KafkaMessage } from './messages.ts';

export type KafkaTarget = Pick<
  KafkaConfig,
  'brokers' | 'topic' | 'tls' | 'caFile' | 'certFile' | 'keyFile' | 'insecure' | 'sasl'
> & { readonly timeoutSeconds: number };

const aborted = retry('aborted', 'the delivery was aborted');

type Sent = {
  readonly outcome: Outcome;
  /** Messages that were stored, also when others were not. */
  readonly stored: readonly KafkaMessage[];
};

type Library = {
  readonly producer: Producer;
  readonly partitionOf: (key: Buffer) => number;
};

/**
 * A producer of one topic, created when messages are sent. The pump alone retries: after a failure the
 * producer is replaced, so that the next attempt knows the current brokers.
 */
export class KafkaTopic {
  readonly #target: KafkaTarget;
  readonly #peer: string;
  #library: Promise<Library> | undefined;
  /** For messages without a key. */
  #turn = 0;

  constructor(target: KafkaTarget) {
    this.#target = target;
    this.#peer = `${target.brokers[0]}, topic ${target.topic}`;
  }

  /** Sends messages in one request to each broker. A request is not atomic: some may be stored. */
  async send(messages: readonly KafkaMessage[], signal: AbortSignal): Promise<Sent> {
    const { topic } = this.#target;
    const { promise: abortion, resolve: abort } = Promise.withResolvers<'aborted'>();
    const onAbort = () => abort('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    const placed: { message: KafkaMessage; partition: number }[] = [];
    try {
      this.#library ??= openProducer(this.#target);
      const { producer, partitionOf } = await this.#library;
      const sending = (async () => {
        const metadata = await producer.metadata({ topics: [topic] });
        const count = metadata.topics.get(topic)?.partitionsCount ?? 1;
        for (const message of messages) {
          const place = message.key ? partitionOf(message.key) : this.#turn++;
          placed.push({ message, partition: place % count });
        }
        await producer.send({ messages: placed.map(toRecord(topic)) });
      })();
      if ((await Promise.race([sending, abortion])) === 'aborted') {
        sending.catch(() => undefined);
        this.#drop();
        return { outcome: aborted, stored: [] };
      }
      return { outcome: delivered, stored: messages };
    } catch (error) {
      const outcome = classifyError(this.#peer, error);
      if (outcome.kind === 'retry') this.#drop();
      const partitions = partitionsStored(error);
      const stored = placed.filter(({ partition }) => partitions.has(partition));
      return { outcome, stored: stored.map(({ message }) => message) };
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    this.#drop();
  }

  #drop(): void {
    const library = this.#library;
    this.#library = undefined;
    library?.then(({ producer }) => producer.close(true)).catch(() => undefined);
  }
}

const toRecord =
  (topic: string) =>
  ({ message, partition }: { message: KafkaMessage; partition: number }) => ({
    topic,
    partition,
    ...(message.key ? { key: message.key } : {}),
    value: message.value,
    headers: new Map(message.headers),
  });

/** Loads the library only where it is used, because it takes memory. */
async function openProducer(target: KafkaTarget): Promise<Library> {
  const { brokers, tls, sasl, timeoutSeconds } = target;
  const timeoutMs = timeoutSeconds * 1_000;
  const { compatibilityPartitioner, ProduceAcks, Producer } = await import('@platformatic/kafka');
  const producer = new Producer({
    clientId: 'ge-heartbeat',
    bootstrapBrokers: [...brokers],
    acks: ProduceAcks.ALL,
    retries: 0,
    // It would send again what other partitions have stored.
    repeatOnStaleMetadata: false,
    connectTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    timeout: timeoutMs,
    autocreateTopics: false,
    ...(tls ? { tls: readClientTls(target), tlsServerName: brokers.every(isNamed) } : {}),
    ...(sasl ? { sasl: { ...sasl, password: sasl.password.reveal() } } : {}),
  });
  // The default partitioner differs from that of Kafka's own clients.
  const partitionOf = (key: Buffer) => compatibilityPartitioner({ topic: target.topic }, key);
  return { producer, partitionOf };
}

/** An address is not a server name. */
const isNamed = (broker: string): boolean =>
  isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) === 0;
