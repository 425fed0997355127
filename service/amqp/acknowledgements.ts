import type { Channel, Message } from 'amqplib';

/**
 * Acknowledges the messages of one channel with few frames: one for all messages up to the first that
 * is not settled. A message behind that one is acknowledged alone, because it must not wait for a
 * message that is retried. A frame for a message that the broker does not wait for ends the channel,
 * so each message is settled once.
 */
export class Acknowledgements {
  readonly #channel: Pick<Channel, 'ack' | 'reject'>;
  /** The lowest tag that is not settled; the tags of a channel are 1, 2, 3 … */
  #next = 1;
  /** Settled messages from there on, by tag. */
  readonly #settled = new Map<number, Message | 'sent'>();
  #isScheduled = false;

  constructor(channel: Pick<Channel, 'ack' | 'reject'>) {
    this.#channel = channel;
  }

  /** Acknowledges the message at the end of this turn of the event loop. */
  settle(message: Message): void {
    this.#settled.set(message.fields.deliveryTag, message);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Rejects the message: the broker drops it, or routes it to its own dead-letter exchange. */
  reject(message: Message): void {
    this.#settled.set(message.fields.deliveryTag, 'sent');
    this.#send(() => this.#channel.reject(message, false));
  }

  flush(): void {
    this.#isScheduled = false;
    let last: Message | undefined;
    for (;;) {
      const settled = this.#settled.get(this.#next);
      if (settled === undefined) break;
      if (settled !== 'sent') last = settled;
      this.#settled.delete(this.#next++);
    }
    const upTo = last;
    if (upTo) this.#send(() => this.#channel.ack(upTo, true));
    for (const [tag, settled] of this.#settled) {
      if (settled === 'sent') continue;
      this.#send(() => this.#channel.ack(settled, false));
      this.#settled.set(tag, 'sent');
    }
  }

  /** A channel that has ended throws; the broker delivers the messages again. */
  #send(frame: () => void): void {
    try {
      frame();
    } catch {
      // Nothing is left to do.
    }
  }
}
