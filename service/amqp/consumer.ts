import type { Channel, ConsumeMessage } from 'amqplib';
import { fullJitter } from '../delivery/backoff.ts';
import { withTimeout } from '../runtime/concurrency/with-timeout.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { type BrokerConnection, brokerBackoff, type Session } from './connection.ts';
import { detailOf } from './failure.ts';
import { type IncomingMessage, incoming } from './message.ts';
import { type Declaration, declareAll } from './topology.ts';

/** What becomes of a message. */
export type MessageVerdict =
  /** Its content is stored, or needs no storage: it is acknowledged. */
  | { readonly kind: 'done' }
  /** It will never be accepted: it goes to the dead-letter queue, and is acknowledged there. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** It cannot be accepted now: it is handled again after a wait, and stays unacknowledged. */
  | { readonly kind: 'retry'; readonly detail: string };

export type ConsumerOptions = {
  readonly queue: string;
  /** Declared or checked on each new channel, before messages are requested. */
  readonly declare: readonly Declaration[];
  /** Maximum number of messages without acknowledgement. */
  readonly prefetch: number;
  /** Called for each message, in their order, also while earlier ones are under way. */
  readonly handle: (message: IncomingMessage, signal: AbortSignal) => Promise<MessageVerdict>;
};

/** Where rejected messages go: resolves when the message is safe there, or with the reason why not. */
export type StoreRejected = (
  message: IncomingMessage,
  reason: string,
) => Promise<
  | { readonly kind: 'stored' }
  /** There is no queue for it: the broker is to decide. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly detail: string }
>;

/** Messages are taken from memory one after the other beyond this size of those under way. */
const maxBytesUnderWay = 8 * 1024 * 1024;

/** Waits before a message is handled again, while the store or the dead-letter queue takes none. */
const retryBackoff = { firstMs: 250, maxMs: 5_000 };

/**
 * Consumes a queue on a channel of its own, for each connection anew. If the queue is deleted, or the
 * channel ends, the consumer declares everything again after a wait.
 */
export class Consumer {
  readonly #connection: BrokerConnection;
  readonly #name: string;
  readonly #options: ConsumerOptions;
  readonly #storeRejected: StoreRejected;
  readonly #runtime: Runtime;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #current: { channel: Channel; consumerTag: string; acks: Acknowledgements } | undefined;
  #running: Promise<void> | undefined;
  #failure: string | undefined = 'not connected yet';

  constructor(
    connection: BrokerConnection,
    name: string,
    options: ConsumerOptions,
    storeRejected: StoreRejected,
    runtime: Runtime,
  ) {
    this.#connection = connection;
    this.#name = name;
    this.#options = options;
    this.#storeRejected = storeRejected;
    this.#runtime = runtime;
  }

  get queue(): string {
    return this.#options.queue;
  }

  /** Why no messages are received; undefined while they are. */
  get failure(): string | undefined {
    return this.#failure;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops receiving, and finishes the messages under way for at most this time. */
  async stop(drainMs: number): Promise<void> {
    const current = this.#current;
    const drain = async () => {
      await current?.channel.cancel(current.consumerTag).catch(() => undefined);
      await Promise.allSettled([...this.#underWay]);
    };
    await withTimeout(drainMs, drain(), this.#runtime.clock);
    this.#stopping.abort();
    current?.acks.flush();
  }

  /** Resolves when no more messages are handled, after the connection was stopped. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; failures++) {
      const session = await this.#connection.nextSession();
      if (!session) return;
      const { detail, hasRun } = await this.#consume(session);
      if (signal.aborted) return;
      if (hasRun) failures = 0;
      // The connection reports its own end.
      if (!session.ended.aborted) this.#fail(detail);
      this.#failure ??= detail;
      await this.#runtime.clock.sleep(fullJitter(brokerBackoff, failures, Math.random), signal);
    }
  }

  /** Resolves with the reason when the channel has ended. */
  async #consume({ model, ended }: Session): Promise<{ detail: string; hasRun: boolean }> {
    const { queue, declare, prefetch } = this.#options;
    const { promise, resolve } = Promise.withResolvers<string>();
    let channel: Channel | undefined;
    let hasRun = false;
    try {
      channel = await model.createChannel();
      const open = channel;
      let reason = 'the channel was closed';
      open.on('error', (error: Error) => {
        reason = detailOf(error);
      });
      open.on('close', () => resolve(reason));
      await declareAll(open, declare);
      await open.prefetch(prefetch);
      const deliveries = this.#deliveriesOf(open, ended, () => {
        reason = 'the queue was deleted';
        open.close().catch(() => undefined);
      });
      const { consumerTag } = await open.consume(queue, deliveries.take);
      this.#current = { channel: open, consumerTag, acks: deliveries.acks };
      hasRun = true;
      this.#succeed();
      return { detail: await promise, hasRun };
    } catch (error) {
      await channel?.close().catch(() => undefined);
      return { detail: detailOf(error), hasRun };
    } finally {
      this.#current = undefined;
    }
  }

  /** The callback of the library never throws: a throw would end the channel. */
  #deliveriesOf(channel: Channel, ended: AbortSignal, onDeleted: () => void) {
    const acks = new Acknowledgements(channel);
    const channelEnd = new AbortController();
    channel.on('close', () => channelEnd.abort());
    const signal = AbortSignal.any([ended, channelEnd.signal, this.#stopping.signal]);
    const waiting: ConsumeMessage[] = [];
    let bytes = 0;
    const begin = (message: ConsumeMessage): void => {
      bytes += message.content.length;
      const work = this.#handle(message, acks, signal).finally(() => {
        this.#underWay.delete(work);
        bytes -= message.content.length;
        while (waiting.length > 0 && bytes < maxBytesUnderWay && !signal.aborted) {
          const next = waiting.shift();
          if (next) begin(next);
        }
      });
      this.#underWay.add(work);
    };
    return {
      acks,
      take(message: ConsumeMessage | null): void {
        if (message === null) onDeleted();
        else if (bytes >= maxBytesUnderWay || waiting.length > 0) waiting.push(message);
        else begin(message);
      },
    };
  }

  /** Never rejects. Without a settlement the broker delivers the message again. */
  async #handle(
    delivered: ConsumeMessage,
    acks: Acknowledgements,
    signal: AbortSignal,
  ): Promise<void> {
    const { metrics, clock } = this.#runtime;
    const connection = this.#name;
    const message = incoming(delivered);
    if (message.isRedelivered) metrics.amqpRedelivered.inc({ connection });
    for (let attempts = 0; !signal.aborted; attempts++) {
      const result = await this.#settle(message, signal);
      if (result !== 'retried') {
        if (signal.aborted && !this.#stopping.signal.aborted) return;
        metrics.amqpMessages.inc({ connection, result });
        if (result === 'dropped') acks.reject(delivered);
        else acks.settle(delivered);
        return;
      }
      metrics.amqpMessages.inc({ connection, result });
      await clock.sleep(fullJitter(retryBackoff, attempts, Math.random), signal);
    }
  }

  async #settle(
    message: IncomingMessage,
    signal: AbortSignal,
  ): Promise<'acknowledged' | 'dead-lettered' | 'dropped' | 'retried'> {
    const { log } = this.#runtime;
    const { queue } = this.#options;
    const verdict = await this.#judge(message, signal);
    if (verdict.kind === 'done') return 'acknowledged';
    if (verdict.kind === 'retry') {
      log.debug({ queue, detail: verdict.detail }, 'a message waits');
      return 'retried';
    }
    const stored = await this.#storeRejected(message, verdict.reason);
    if (stored.kind !== 'failed') return stored.kind === 'stored' ? 'dead-lettered' : 'dropped';
    log.debug({ queue, detail: stored.detail }, 'a rejected message waits');
    return 'retried';
  }

  async #judge(message: IncomingMessage, signal: AbortSignal): Promise<MessageVerdict> {
    try {
      return await this.#options.handle(message, signal);
    } catch (error) {
      this.#runtime.log.error({ queue: this.queue, error }, 'a message caused an internal error');
      return { kind: 'rejected', reason: 'internal error' };
    }
  }

  #succeed(): void {
    this.#runtime.log.info({ connection: this.#name, queue: this.queue }, 'consuming the queue');
    this.#failure = undefined;
  }

  #fail(detail: string): void {
    const isFirst = this.#failure === undefined || this.#failure === 'not connected yet';
    this.#failure = detail;
    if (!isFirst) return;
    const { log } = this.#runtime;
    const fields = { connection: this.#name, queue: this.queue, detail };
    log.error(fields, 'the queue cannot be consumed; will retry');
  }
}
