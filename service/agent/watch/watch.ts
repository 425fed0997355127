import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { ProbeSettings } from '../config/settings.ts';
import type { AgentHeartbeat } from '../heartbeat.ts';
import { type ProbeResult, runProbe } from '../probes/probe.ts';
import { createProbe, lateResult } from './create-probe.ts';
import { heartbeatOf } from './heartbeat-of.ts';
import { phaseMs, repeat } from './repeat.ts';

type WatchOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly send: (heartbeat: AgentHeartbeat) => void;
};

/** One probe that runs at its times until it is stopped. */
export class Watch {
  readonly settings: ProbeSettings;
  readonly #options: WatchOptions;
  readonly #life = new AbortController();
  #running: Promise<void> | undefined;
  #result: ProbeResult | undefined;
  /** Kind of the last result that was not `unknown`. */
  #known: ProbeResult['kind'] | undefined;

  constructor(settings: ProbeSettings, options: WatchOptions) {
    this.settings = settings;
    this.#options = options;
  }

  /** The newest result; undefined before the first. */
  get result(): ProbeResult | undefined {
    return this.#result;
  }

  start(): void {
    const { settings } = this;
    const { clock } = this.#options;
    const everyMs = settings.intervalSeconds * 1_000;
    const probe = createProbe(settings, clock);
    const limits = {
      timeoutMs: settings.timeoutSeconds * 1_000,
      late: lateResult(settings),
      signal: this.#life.signal,
    };
    const firstMs = phaseMs(`${settings.name}/${settings.version}/${settings.instance}`, everyMs);
    this.#running = repeat({ everyMs, firstMs, clock, signal: this.#life.signal }, async () => {
      const result = await runProbe(probe, limits);
      if (!this.#life.signal.aborted) this.#note(result);
    });
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#running;
  }

  #note(result: ProbeResult): void {
    const { clock, send } = this.#options;
    this.#logChange(result);
    const heartbeat = heartbeatOf(this.settings, result, this.#known, clock.now());
    this.#result = result;
    if (result.kind !== 'unknown') this.#known = result.kind;
    if (heartbeat) send(heartbeat);
  }

  #logChange(result: ProbeResult): void {
    if (result.kind === this.#result?.kind) return;
    const { log } = this.#options;
    const { name, version, instance } = this.settings;
    const of = { name, version, instance };
    if (result.kind === 'unknown') {
      log.warn({ ...of, reason: result.message }, 'the probe fails: the state is unknown');
    } else if (result.kind === 'not_ok') {
      log.warn({ ...of, reason: result.message }, 'not OK');
    } else if (this.#result) {
      log.info(of, 'OK again');
    }
  }
}
