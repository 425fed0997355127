import { type ChannelModel, connect } from 'amqplib';
import { type Backoff, fullJitter, type Random } from '../delivery/backoff.ts';
import { withTimeout } from '../runtime/concurrency/with-timeout.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type BrokerAddress, connectOptions } from './address.ts';
import { connectFault, detailOf } from './failure.ts';

export type BrokerOptions = {
  /** Name in logs and metrics: one of the labels that the metrics were created with. */
  readonly name: string;
  readonly address: BrokerAddress;
  /** Interval of the protocol's own heartbeats; a broker that misses two of them is disconnected. */
  readonly heartbeatSeconds?: number;
  readonly connectTimeoutMs?: number;
  readonly backoff?: Backoff;
  readonly random?: Random;
};

/** One connection, from its opening to its end. */
export type Session = {
  readonly model: ChannelModel;
  /** Reason of the broker's memory or disk alarm, while it has one. */
  readonly blocked: () => string | undefined;
  /** Aborts when the connection ends. */
  readonly ended: AbortSignal;
};

export const brokerBackoff: Backoff = { firstMs: 500, maxMs: 5_000 };

/**
 * A connection to a broker that is opened again whenever it ends, after a random wait that grows with
 * the failures. An outage is logged once when it begins and once when it ends.
 */
export class BrokerConnection {
  readonly #options: BrokerOptions;
  readonly #runtime: Runtime;
  readonly #stopping = new AbortController();
  #session: Session | undefined;
  #waiting = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  /** Why the connection is not open; undefined while it is. */
  #failure: { detail: string; sinceMs: number; attempts: number } | undefined;

  constructor(options: BrokerOptions, runtime: Runtime) {
    this.#options = options;
    this.#runtime = runtime;
    const { metrics } = runtime;
    const connection = options.name;
    metrics.mirror('amqpUp', (gauge) => gauge.set({ connection }, this.#session ? 1 : 0));
    metrics.mirror('amqpBlocked', (gauge) =>
      gauge.set({ connection }, this.#session?.blocked() === undefined ? 0 : 1),
    );
  }

  /** The open connection. */
  get session(): Session | undefined {
    return this.#session;
  }

  get failure(): { readonly detail: string; readonly sinceMs: number } | undefined {
    return this.#failure;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves with the open connection, or the next one; undefined when the connection is stopped. */
  async nextSession(): Promise<Session | undefined> {
    while (!this.#session && !this.#stopping.signal.aborted) await this.#waiting.promise;
    return this.#session;
  }

  /** Closes the connection, which the broker has to acknowledge within this time. */
  async stop(timeoutMs = 2_000): Promise<void> {
    this.#stopping.abort();
    const close = async () => {
      await this.#session?.model.close().catch(() => undefined);
      await this.#running;
    };
    await withTimeout(timeoutMs, close(), this.#runtime.clock);
    this.#session = undefined;
    this.#waiting.resolve();
  }

  async #run(): Promise<void> {
    const { backoff = brokerBackoff, random = Math.random } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; failures++) {
      const opened = await this.#open();
      if ('session' in opened) {
        failures = 0;
        this.#begin(opened.session);
        const detail = await opened.end;
        this.#session = undefined;
        if (signal.aborted) return;
        this.#fail(detail);
      } else if (!signal.aborted) {
        this.#fail(opened.detail);
      }
      await this.#runtime.clock.sleep(fullJitter(backoff, failures, random), signal);
    }
  }

  async #open(): Promise<{ session: Session; end: Promise<string> } | { detail: string }> {
    const { name, address, heartbeatSeconds = 20, connectTimeoutMs = 10_000 } = this.#options;
    const { metrics } = this.#runtime;
    const count = (result: string) => metrics.amqpConnects.inc({ connection: name, result });
    try {
      const options = connectOptions(address, {
        name: `ge-heartbeat ${name}`,
        heartbeatSeconds,
        timeoutMs: connectTimeoutMs,
      });
      const model = await connect(options.connect, options.socket);
      const opened = follow(model);
      if (this.#stopping.signal.aborted) await model.close().catch(() => undefined);
      count('success');
      return opened;
    } catch (error) {
      count('failure');
      return { detail: connectFault(error, address) };
    }
  }

  #begin(session: Session): void {
    const { log, clock } = this.#runtime;
    const { name: connection, address } = this.#options;
    const outage = this.#failure && {
      outageMs: Math.round(clock.monotonic() - this.#failure.sinceMs),
      failures: this.#failure.attempts,
    };
    log.info({ connection, url: address.url, ...outage }, 'connected to the broker');
    this.#failure = undefined;
    this.#session = session;
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
  }

  #fail(detail: string): void {
    const { log, clock } = this.#runtime;
    const { name: connection, address } = this.#options;
    if (this.#failure) {
      this.#failure.detail = detail;
      this.#failure.attempts++;
      return;
    }
    this.#failure = { detail, sinceMs: clock.monotonic(), attempts: 1 };
    log.error({ connection, url: address.url, detail }, 'the broker cannot be used; will retry');
  }
}

/** Listens to all events of a connection: one without a listener would end the process. */
function follow(model: ChannelModel): { session: Session; end: Promise<string> } {
  const ended = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  let blocked: string | undefined;
  let detail: string | undefined;
  model.on('error', (error: Error) => {
    detail = detailOf(error);
  });
  model.on('blocked', (reason: string) => {
    blocked = String(reason);
  });
  model.on('unblocked', () => {
    blocked = undefined;
  });
  model.on('close', (error?: Error) => {
    resolve(detail ?? (error ? detailOf(error) : 'the connection was closed'));
    ended.abort();
  });
  return {
    session: { model, blocked: () => blocked, ended: ended.signal },
    end: promise,
  };
}
