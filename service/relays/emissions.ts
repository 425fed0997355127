import type { RelayConfig } from '../config/sections/relays/relays.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { EmissionTarget } from './targets/target.ts';

/** Least time between two attempts, also while the target fails. */
const minPauseMs = 1_000;

/** Emissions of a relay: one at a time, no more often than configured, without retries. */
export class Emissions {
  readonly #config: RelayConfig;
  readonly #target: EmissionTarget;
  readonly #runtime: Runtime;
  /** Time from which on the next emission is due. */
  #nextMs = 0;
  #underWay: AbortController | undefined;
  #lastEmittedAtMs: number | undefined;
  #lastError: string | undefined;

  constructor(config: RelayConfig, target: EmissionTarget, runtime: Runtime) {
    this.#config = config;
    this.#target = target;
    this.#runtime = runtime;
  }

  isDue(nowMs: number): boolean {
    return this.#underWay === undefined && nowMs >= this.#nextMs;
  }

  emitIfDue(nowMs: number): void {
    if (!this.isDue(nowMs)) return;
    this.#underWay = new AbortController();
    void this.#emit(nowMs, this.#underWay.signal);
  }

  /** Aborts the emission that is under way. */
  abort(): void {
    this.#underWay?.abort();
  }

  status() {
    return { lastEmittedAtMs: this.#lastEmittedAtMs, lastError: this.#lastError };
  }

  async #emit(beganMs: number, signal: AbortSignal): Promise<void> {
    const { name, mode, interval, cutoff, target } = this.#config;
    const { clock, metrics, log } = this.#runtime;
    const periodMs = (mode === 'steady' ? interval : cutoff) * 1_000;
    // A steady relay keeps its grid although it is checked only now and then.
    const isOnGrid = mode === 'steady' && beganMs - this.#nextMs < minPauseMs / 2;
    const plannedMs = isOnGrid ? this.#nextMs : beganMs;
    const limit = AbortSignal.timeout(target.timeout * 1_000);
    const failure = await this.#target.emit(AbortSignal.any([signal, limit]));
    this.#underWay = undefined;
    const problem = limit.aborted ? `not done in ${target.timeout} s` : failure;
    if (signal.aborted) {
      this.#nextMs = beganMs + minPauseMs;
      return;
    }
    metrics.relayEmissions.inc({
      relay: name,
      result: problem === undefined ? 'success' : 'failure',
    });
    if (problem === undefined) {
      this.#nextMs = plannedMs + periodMs;
      this.#lastEmittedAtMs = clock.now();
      if (this.#lastError !== undefined) log.info({ relay: name }, 'the target is reachable again');
    } else {
      // While the target fails, a relay on arrival emits again with the next arrival.
      this.#nextMs = beganMs + (mode === 'steady' ? periodMs : minPauseMs);
      if (this.#lastError === undefined) {
        log.warn({ relay: name, problem }, 'the target of a relay does not accept the heartbeat');
      }
    }
    this.#lastError = problem;
  }
}
