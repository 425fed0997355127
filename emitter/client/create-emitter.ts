import { hostname } from 'node:os';
import { post, type SendResult, type TlsFiles } from './post.ts';

export type EmitterOptions = {
  /** The service: host, `host:port` or URL. Without a path the native API is used. */
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** Id of this process; by default host name and process number. */
  readonly instance?: string;
  readonly intervalSeconds?: number;
  readonly token?: string;
  readonly timeoutMs?: number;
  /** Certificate authority and client certificate, as PEM texts. */
  readonly tls?: TlsFiles;
  /** Number of heartbeats that are kept while the service does not respond. */
  readonly maxKept?: number;
  /** A heartbeat is sent only while this returns or resolves to true. */
  readonly isHealthy?: () => boolean | Promise<boolean>;
  /** Receives one line whenever the state of the link changes. */
  readonly onChange?: (line: string) => void;
  /** Whether SIGTERM and SIGINT send the last heartbeat. By default they do. */
  readonly catchSignals?: boolean;
};

export type Emitter = {
  /** Sends the last heartbeat, which retires the instance. Never rejects. */
  stop(): Promise<void>;
};

/**
 * Sends heartbeats of this process until it ends. It never throws into its host, never keeps it
 * alive, and sends `stopping` at the end: at `stop()`, when the process has nothing left to do, and
 * at SIGTERM and SIGINT, which then have the effect that they have without the emitter.
 */
export function createEmitter(options: EmitterOptions): Emitter {
  const emitter = new ProcessEmitter(options);
  emitter.start();
  return { stop: () => emitter.stop() };
}

const signals = ['SIGTERM', 'SIGINT'] as const;

class ProcessEmitter {
  readonly #options: EmitterOptions;
  readonly #identity: Readonly<Record<string, unknown>>;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #kept: object[] = [];
  #link = 'acknowledged';
  #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  /** Ends after every heartbeat that was begun: they are sent one after the other. */
  #sending: Promise<void> = Promise.resolve();

  constructor(options: EmitterOptions) {
    const { name, version, instance = `${hostname()}-${process.pid}` } = options;
    const interval = options.intervalSeconds ?? 30;
    this.#options = options;
    this.#intervalMs = interval * 1_000;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#identity = { name, version, instance, interval };
  }

  start(): void {
    process.once('beforeExit', this.#onEnd);
    if (this.#options.catchSignals ?? true) {
      for (const signal of signals) process.once(signal, this.#onSignal);
    }
    this.#timer = setInterval(() => void this.#beat(), this.#intervalMs).unref();
    void this.#beat();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  readonly #onEnd = () => void this.stop();

  readonly #onSignal = (signal: NodeJS.Signals) => {
    void this.stop().then(() => {
      // Without another listener the signal ends the process.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    // Requests do not keep the process alive: this does, for a request that was begun and the last.
    const pause = setTimeout(() => {}, 2 * this.#timeoutMs + 1_000);
    await this.#beat('stopping');
    clearTimeout(pause);
    process.off('beforeExit', this.#onEnd);
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  #beat(status?: 'stopping'): Promise<void> {
    const timestamp = Date.now();
    this.#sending = this.#sending
      .then(() => this.#send({ ...this.#identity, timestamp, ...(status && { status }) }, status))
      .catch((error: unknown) => this.#report(`not sent: ${String(error)}`));
    return this.#sending;
  }

  async #send(heartbeat: object, status: 'stopping' | undefined): Promise<void> {
    const { isHealthy, maxKept = 1_000 } = this.#options;
    if (status === undefined && isHealthy && !(await isHealthy())) {
      return this.#report('not sent: not healthy');
    }
    let result = await this.#post([...this.#kept, heartbeat]);
    if (result.kind === 'rejected' && this.#kept.length > 0) {
      // A batch that will never be accepted must not be in the way of what follows.
      this.#kept = [];
      result = await this.#post([heartbeat]);
    }
    this.#kept =
      result.kind === 'unsent' && maxKept > 0 ? [...this.#kept, heartbeat].slice(-maxKept) : [];
    this.#report(result.kind === 'accepted' ? 'acknowledged' : result.reason);
  }

  #post(heartbeats: readonly object[]): Promise<SendResult> {
    const { url, token, tls } = this.#options;
    const sentAt = Date.now();
    const body = heartbeats.map((one) => JSON.stringify({ ...one, sentAt })).join('\n');
    return post({ url, token, timeoutMs: this.#timeoutMs, tls, body });
  }

  #report(link: string): void {
    if (link === this.#link) return;
    this.#link = link;
    try {
      this.#options.onChange?.(link);
    } catch {
      // The host's own mistake must not end its heartbeats.
    }
  }
}
