import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createOneAtATime } from '../runtime/concurrency/one-at-a-time.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { AgentSettings } from './config/settings.ts';
import type { AgentHeartbeat } from './heartbeat.ts';
import { Outgoing } from './outgoing.ts';
import type { PublisherMessage } from './pipeline-heartbeat/message.ts';
import { Publishing } from './pipeline-heartbeat/publishing.ts';
import { type AgentSender, sendInTurn } from './sending/sender.ts';
import { createServiceSender } from './sending/service.ts';
import { ownHeartbeat } from './watch/own-heartbeat.ts';
import { repeat } from './watch/repeat.ts';
import { Watches } from './watch/watches.ts';

export type AgentRuntime = Pick<Runtime, 'clock' | 'log'>;

/** Time that a stop waits for the last heartbeats. */
const drainMs = 5_000;

const batchRecords = 1_000;

/*
 *  probes ─▶ watches ─▶ heartbeats ─┐
 *  own heartbeat ───────────────────┴─▶ outgoing: spool ─▶ pump ─▶ HTTP addresses in turn, then AMQP
 *  publisher's checks ─▶ message ─────▶ outgoing: spool ─▶ pump ─▶ AMQP, as the original publisher
 */

/** Checks what runs beside it, and sends heartbeats for what is OK. */
export class Agent {
  readonly #runtime: AgentRuntime;
  readonly #watches: Watches;
  readonly #oneAtATime = createOneAtATime();
  readonly #startedAtMs: number;
  #settings: AgentSettings;
  #heartbeats: Outgoing<AgentHeartbeat> | undefined;
  #messages: Outgoing<PublisherMessage> | undefined;
  #publishing: Publishing | undefined;
  #beating: { readonly life: AbortController; readonly done: Promise<void> } | undefined;

  constructor(settings: AgentSettings, runtime: AgentRuntime) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.#startedAtMs = runtime.clock.now();
    this.#watches = new Watches({ ...runtime, send: (one) => this.#heartbeats?.send(one) });
  }

  /** Throws if a folder of the spool cannot be used. */
  async start(): Promise<void> {
    const { log } = this.#runtime;
    const { probes, publisher } = this.#settings;
    await this.#openOutgoing(this.#settings);
    await this.#watches.replace(probes);
    this.#beat();
    this.#publish();
    log.info({ probes: probes.length, publisher: publisher !== undefined }, 'the agent runs');
  }

  /** Continues with other settings, whose spool is the same. */
  reload(settings: AgentSettings): Promise<void> {
    return this.#oneAtATime(async () => {
      const before = this.#settings;
      await this.#openOutgoing(settings);
      this.#settings = settings;
      await this.#watches.replace(settings.probes);
      if (!isDeepStrictEqual(before.self, settings.self)) {
        await this.#endBeating();
        const isRenamed = ['name', 'instance'] as const;
        if (isRenamed.some((key) => before.self[key] !== settings.self[key]))
          this.#sendLast(before);
        this.#beat();
      }
      await this.#publishing?.stop();
      this.#publish();
      this.#runtime.log.info({ probes: settings.probes.length }, 'the configuration was reloaded');
    });
  }

  /** Sends `stopping` for the agent itself. What it checks runs on, and is not retired. */
  stop(): Promise<void> {
    return this.#oneAtATime(async () => {
      await Promise.all([this.#watches.stop(), this.#endBeating(), this.#publishing?.stop()]);
      this.#sendLast(this.#settings);
      await Promise.all([this.#heartbeats?.stop(drainMs), this.#messages?.stop(drainMs)]);
    });
  }

  async #openOutgoing(settings: AgentSettings): Promise<void> {
    const { spool, publisher } = settings;
    const sender = await this.#createSender(settings);
    if (sender) {
      if (this.#heartbeats) await this.#heartbeats.replaceSender(sender);
      else this.#heartbeats = this.#open('service', 'heartbeats', spool, batchRecords, sender);
    } else {
      await this.#heartbeats?.stop(drainMs);
      this.#heartbeats = undefined;
    }
    if (publisher) {
      // Loaded by agents alone that use it: it takes memory.
      const { createPublisherSender } = await import('./sending/amqp.ts');
      const messageSender = createPublisherSender(publisher.broker, this.#runtime);
      if (this.#messages) await this.#messages.replaceSender(messageSender);
      else this.#messages = this.#open('pipeline-heartbeat', 'messages', spool, 1, messageSender);
    }
  }

  #open<T>(
    destination: string,
    name: string,
    { folder, maxBytes }: AgentSettings['spool'],
    batchRecords: number,
    sender: AgentSender<T>,
  ): Outgoing<T> {
    const options = { destination, folder: join(folder, name), maxBytes, batchRecords };
    const outgoing = new Outgoing<T>({ ...options, ...this.#runtime }, sender);
    outgoing.start();
    return outgoing;
  }

  /** HTTP addresses first, then AMQP. */
  async #createSender({
    service,
    amqp,
  }: AgentSettings): Promise<AgentSender<AgentHeartbeat> | undefined> {
    const senders: AgentSender<AgentHeartbeat>[] = (service?.urls ?? []).map((url) =>
      createServiceSender({
        ...{ token: { kind: 'none' }, tls: {}, timeoutMs: 0, ...service, url },
        clock: this.#runtime.clock,
        onRejected: (heartbeat, reason) => this.#heartbeats?.keepRejected(heartbeat, reason),
      }),
    );
    if (amqp) {
      const { createAmqpSender } = await import('./sending/amqp.ts');
      senders.push(createAmqpSender(amqp, this.#runtime));
    }
    return senders.length === 0 ? undefined : sendInTurn(senders);
  }

  #publish(): void {
    const { publisher } = this.#settings;
    this.#publishing = publisher && new Publishing(publisher, this.#startedAtMs, this.#runtime);
    this.#publishing?.start((message) => this.#messages?.send(message));
  }

  #beat(): void {
    const { clock } = this.#runtime;
    const life = new AbortController();
    const everyMs = this.#settings.self.intervalSeconds * 1_000;
    // After the first checks, so that it counts their results.
    const options = { everyMs, firstMs: Math.min(everyMs, 2_000), clock, signal: life.signal };
    const done = repeat(options, async () => this.#heartbeats?.send(this.#ownHeartbeat()));
    this.#beating = { life, done };
  }

  async #endBeating(): Promise<void> {
    this.#beating?.life.abort();
    await this.#beating?.done;
  }

  #ownHeartbeat(): AgentHeartbeat {
    const queue = this.#heartbeats?.status() ?? { waiting: 0, dropped: 0 };
    const { clock } = this.#runtime;
    return ownHeartbeat(this.#settings.self, this.#watches.counts(), queue, clock.now());
  }

  #sendLast({ self: { intervalSeconds, ...identity } }: AgentSettings): void {
    const timestamp = this.#runtime.clock.now();
    const last = { ...identity, timestamp, interval: intervalSeconds, status: 'stopping' } as const;
    this.#heartbeats?.send(last);
  }
}
