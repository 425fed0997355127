import { randomBytes } from 'node:crypto';
import type { ConfirmChannel, Message } from 'amqplib';
import type { Runtime } from '../runtime/runtime.ts';
import type { BrokerConnection, Session } from './connection.ts';
import { detailOf } from './failure.ts';
import { bareMessageId, type OutgoingMessage, publishOptions } from './message.ts';
import { type Declaration, declareAll } from './topology.ts';

/** What the broker says about a published message. */
export type Confirmation =
  /** It is in a queue, and on disk if both are durable. */
  | { readonly kind: 'confirmed' }
  /** No queue takes it. */
  | { readonly kind: 'returned'; readonly detail: string }
  /** It may be in a queue, or not: to publish it again may publish it twice. */
  | {
      readonly kind: 'failed';
      readonly reason: 'unavailable' | 'timeout' | 'nacked';
      readonly detail: string;
    };

export type PublisherOptions = {
  /** Declared or checked for each connection, before the first message. */
  readonly declare?: readonly Declaration[];
  /** Time after which a message without an answer counts as failed. */
  readonly confirmTimeoutMs?: number;
};

type Pending = { returned?: string };

type OpenChannel = {
  readonly session: Session;
  channel: Promise<ConfirmChannel>;
  /** Messages without an answer, by their `messageId`. */
  readonly pending: Map<string, Pending>;
};

/**
 * Publishes messages on one confirm channel, which is opened for the first message and again after it
 * ended. Nothing is queued here: without a connection, or while the broker has a memory alarm, a
 * message fails at once.
 */
export class Publisher {
  readonly #connection: BrokerConnection;
  readonly #name: string;
  readonly #options: PublisherOptions;
  readonly #runtime: Runtime;
  #open: OpenChannel | undefined;

  constructor(
    connection: BrokerConnection,
    name: string,
    options: PublisherOptions,
    runtime: Runtime,
  ) {
    this.#connection = connection;
    this.#name = name;
    this.#options = options;
    this.#runtime = runtime;
  }

  async publish(message: OutgoingMessage): Promise<Confirmation> {
    const confirmation = await this.#publish(message);
    const result = confirmation.kind === 'failed' ? confirmation.reason : confirmation.kind;
    this.#runtime.metrics.amqpPublished.inc({ connection: this.#name, result });
    return confirmation;
  }

  async #publish(message: OutgoingMessage): Promise<Confirmation> {
    const { session, failure } = this.#connection;
    if (!session) return unavailable(failure?.detail ?? 'not connected');
    const blocked = session.blocked();
    if (blocked !== undefined) return unavailable(`the broker blocks publishers: ${blocked}`);
    const open = this.#channelOf(session);
    const over = new AbortController();
    const { confirmTimeoutMs = 10_000 } = this.#options;
    const sent = open.channel.then(
      (channel) => send(channel, open.pending, message),
      (error): Confirmation => unavailable(detailOf(error)),
    );
    const limit = this.#runtime.clock.sleep(confirmTimeoutMs, over.signal).then(
      (): Confirmation => ({
        kind: 'failed',
        reason: 'timeout',
        detail: `no confirmation within ${confirmTimeoutMs} ms`,
      }),
    );
    const confirmation = await Promise.race([sent, limit]);
    over.abort();
    if (confirmation.kind === 'returned') this.#declareAgain(open);
    return confirmation;
  }

  #channelOf(session: Session): OpenChannel {
    if (this.#open?.session === session) return this.#open;
    const pending = new Map<string, Pending>();
    const forget = () => {
      if (this.#open === open) this.#open = undefined;
    };
    const channel = this.#openChannel(session, pending, forget);
    const open: OpenChannel = { session, channel, pending };
    this.#open = open;
    channel.catch(forget);
    return open;
  }

  /** What was declared may have been deleted since: it is declared anew before the next message. */
  #declareAgain(open: OpenChannel): void {
    const { declare = [] } = this.#options;
    if (declare.length === 0) return;
    open.channel = open.channel.then(async (channel) => {
      await declareAll(channel, declare);
      return channel;
    });
    open.channel.catch(() => undefined);
  }

  async #openChannel(session: Session, pending: Map<string, Pending>, onEnd: () => void) {
    const channel = await session.model.createConfirmChannel();
    let detail = 'the channel was closed';
    channel.on('error', (error: Error) => {
      detail = detailOf(error);
    });
    channel.on('close', onEnd);
    channel.on('return', (returned: Message) => noteReturn(returned, pending));
    await declareAll(channel, this.#options.declare ?? []).catch((error: unknown) => {
      throw new Error(`${detailOf(error)} (${detail})`);
    });
    return channel;
  }
}

const unavailable = (detail: string): Confirmation => ({
  kind: 'failed',
  reason: 'unavailable',
  detail,
});

/** The broker returns a message before it confirms it. */
function noteReturn({ properties, fields }: Message, pending: ReadonlyMap<string, Pending>): void {
  const returned = pending.get(String(properties.messageId));
  if (!returned) return;
  const { exchange, routingKey } = fields;
  returned.returned = `no queue takes messages of exchange '${exchange}' with key '${routingKey}'`;
}

function send(
  channel: ConfirmChannel,
  pending: Map<string, Pending>,
  message: OutgoingMessage,
): Promise<Confirmation> {
  const { exchange, routingKey, body, properties } = message;
  const given = properties?.messageId;
  // A message that is published again while the first attempt has no answer needs another id.
  const id = given === undefined || pending.has(given) ? randomBytes(16).toString('hex') : given;
  const messageId = message.isBare ? bareMessageId : id;
  if (pending.has(messageId)) {
    return Promise.resolve(unavailable('another message without an id has no answer yet'));
  }
  const entry: Pending = {};
  pending.set(messageId, entry);
  return new Promise<Confirmation>((resolve) => {
    const settle = (confirmation: Confirmation) => {
      pending.delete(messageId);
      resolve(confirmation);
    };
    const options = publishOptions(message, messageId);
    try {
      channel.publish(exchange, routingKey, body, options, (error: unknown) => {
        if (error) settle(failed(error));
        else if (entry.returned !== undefined) {
          settle({ kind: 'returned', detail: entry.returned });
        } else settle({ kind: 'confirmed' });
      });
    } catch (error) {
      settle(unavailable(detailOf(error)));
    }
  });
}

function failed(error: unknown): Confirmation {
  const detail = detailOf(error);
  return detail === 'message nacked'
    ? { kind: 'failed', reason: 'nacked', detail: 'the broker refused the message' }
    : unavailable(detail);
}
