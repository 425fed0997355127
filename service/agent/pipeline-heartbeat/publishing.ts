import type { Runtime } from '../../runtime/runtime.ts';
import { repeat } from '../watch/repeat.ts';
import { formatMessage, type PublisherMessage } from './message.ts';
import { checkAll } from './round.ts';
import type { PublisherSettings } from './settings.ts';

/** Checks in rounds, as the publisher of pipeline-heartbeat, and makes a message of each round. */
export class Publishing {
  readonly #settings: PublisherSettings;
  /** The `timestamp` of all its messages. */
  readonly #startedAtMs: number;
  readonly #runtime: Pick<Runtime, 'clock' | 'log'>;
  readonly #life = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    settings: PublisherSettings,
    startedAtMs: number,
    runtime: Pick<Runtime, 'clock' | 'log'>,
  ) {
    this.#settings = settings;
    this.#startedAtMs = startedAtMs;
    this.#runtime = runtime;
  }

  start(send: (message: PublisherMessage) => void): void {
    const { signal } = this.#life;
    const everyMs = this.#settings.intervalSeconds * 1_000;
    const { clock } = this.#runtime;
    this.#running = repeat({ everyMs, firstMs: 0, clock, signal }, async () => {
      const report = await checkAll(this.#settings, { ...this.#runtime, signal });
      if (signal.aborted) return;
      send(formatMessage({ startedAtMs: this.#startedAtMs, ...report }));
    });
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#running;
  }
}
