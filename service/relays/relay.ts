import type { RelayConfig } from '../config/sections/relays/relays.ts';
import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import type { DependencyHealth } from '../contract/health.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { RelayResponse } from '../contract/relays/relay.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Bypass, RunningBypass, readSaved, type SavedRelay, savedKey } from './bypass.ts';
import { Condition } from './conditions.ts';
import { Emissions } from './emissions.ts';
import { bypassEndedEvent, bypassedEvent, closedEvent, openedEvent } from './events.ts';
import { evaluateGate, type Gate } from './gate.ts';
import { type ExpectedInstances, Sources } from './sources.ts';
import type { SteadyTime } from './steady-time.ts';
import type { EmissionTarget } from './targets/target.ts';
import { toRelayResponse } from './view.ts';

/** Logs an event together with settings, in one commit; both are kept while the store fails. */
export type RecordEvent = (
  event: EventBody,
  settings: ReadonlyMap<string, string>,
) => Promise<void>;

type RelayParts = {
  readonly target: EmissionTarget;
  readonly time: SteadyTime;
  readonly instances: ExpectedInstances;
  readonly saved: ReadonlyMap<string, string>;
  readonly record: RecordEvent;
};

/**
 * A relay: a gate, and what it emits while it is open.
 *
 *   heartbeats ─▶ sources ─┐
 *   conditions ────────────┼─▶ gate ─▶ emissions ─▶ target
 *   bypass ────────────────┘    └────▶ events
 *
 * Guarantees:
 *  - nothing is emitted unless every critical source is fresh at that time, by the time in which the
 *    process received heartbeats itself; what was received before a restart does not count;
 *  - an emission that is under way when the gate closes is aborted;
 *  - each change of the gate is an event, in one commit with the state that is compared after a
 *    restart, so that no close is missed.
 */
export class Relay {
  readonly config: RelayConfig;
  readonly #parts: RelayParts;
  readonly #clock: Runtime['clock'];
  readonly #sources: Sources;
  readonly #conditions: readonly Condition[];
  readonly #emissions: Emissions;
  #bypass: RunningBypass | undefined;
  #wasOpen: boolean;
  #sinceMs: number;

  constructor(config: RelayConfig, parts: RelayParts, runtime: Runtime) {
    const saved = readSaved(parts.saved, config.name);
    this.config = config;
    this.#parts = parts;
    this.#clock = runtime.clock;
    this.#sources = new Sources(config.sources, parts.instances);
    this.#conditions = config.conditions.map((condition) => new Condition(condition, runtime));
    this.#emissions = new Emissions(config, parts.target, runtime);
    this.#bypass = RunningBypass.restore(saved.bypass, runtime.clock);
    this.#wasOpen = saved.isOpen;
    this.#sinceMs = runtime.clock.now();
  }

  /** Notes stored heartbeats; emits at once if a critical source has sent and the gate is open. */
  received(heartbeats: readonly Heartbeat[]): void {
    const arrivalMs = this.#parts.time.arrival();
    const wallMs = this.#clock.now();
    let hasArrived = false;
    for (const heartbeat of heartbeats) {
      if (this.#sources.received(heartbeat, arrivalMs, wallMs)) hasArrived = true;
    }
    const { mode } = this.config;
    if (!hasArrived || mode !== 'on-arrival' || !this.#emissions.isDue(this.#parts.time.now())) {
      return;
    }
    this.check(true);
  }

  /** Evaluates the gate; reports a change, and emits what is due. */
  check(isArrival = false): Gate {
    const nowMs = this.#parts.time.now();
    this.#endBypass();
    const gate = this.#gate(nowMs);
    if (gate.isOpen !== this.#wasOpen) this.#report(gate);
    const emitsByTime = this.config.mode === 'steady' || this.#bypass !== undefined;
    if (!gate.isOpen) this.#emissions.abort();
    else if (isArrival || emitsByTime) this.#emissions.emitIfDue(nowMs);
    return gate;
  }

  /** Holds the gate open for a time; resolves when that is durable. */
  async bypass(request: Pick<Bypass, 'by' | 'reason'>, durationMs: number): Promise<void> {
    const fromMs = this.#clock.now();
    const bypass = { ...request, fromMs, untilMs: fromMs + durationMs };
    const { name } = this.config;
    try {
      await this.#save(bypassedEvent(name, bypass), { isOpen: this.#wasOpen, bypass });
    } catch (error) {
      // What waits for the store must not become a bypass later.
      const ended = bypassEndedEvent(name, 'the service: it could not be stored');
      void this.#save(ended, { isOpen: this.#wasOpen }).catch(() => undefined);
      throw error;
    }
    this.#bypass = new RunningBypass(bypass, this.#clock);
    this.check();
  }

  /** Ends the bypass before its time. Returns whether there was one. */
  async endBypass(by: string): Promise<boolean> {
    if (this.#bypass === undefined) return false;
    this.#bypass = undefined;
    await this.#save(bypassEndedEvent(this.config.name, by), { isOpen: this.#wasOpen });
    this.check();
    return true;
  }

  /** Checks the conditions until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#conditions.map((condition) => condition.run(signal)));
  }

  view(): RelayResponse {
    const nowMs = this.#parts.time.now();
    return toRelayResponse({
      config: this.config,
      nowMs,
      sources: this.#sources.facts(),
      conditions: this.#conditions.map((condition) => condition.fact()),
      gate: this.#gate(nowMs),
      sinceMs: this.#sinceMs,
      bypass: this.#bypass?.bypass,
      ...this.#emissions.status(),
    });
  }

  health(): DependencyHealth {
    const { isOpen, reasons } = this.#gate(this.#parts.time.now());
    const { lastEmittedAtMs, lastError } = this.#emissions.status();
    return {
      status: lastError === undefined ? 'up' : 'down',
      gate: isOpen ? 'open' : 'closed',
      ...defined({
        detail: reasons[0],
        bypassedUntil: isoTime(this.#bypass?.bypass.untilMs),
        lastEmitted: isoTime(lastEmittedAtMs),
        lastError,
      }),
    };
  }

  close(): void {
    this.#emissions.abort();
    this.#parts.target.close();
  }

  #gate(nowMs: number): Gate {
    return evaluateGate({
      nowMs,
      sources: this.#sources.facts(),
      conditions: this.#conditions.map((condition) => condition.fact()),
      isBypassed: this.#bypass !== undefined && !this.#bypass.hasEnded(),
    });
  }

  #endBypass(): void {
    if (this.#bypass?.hasEnded()) this.#bypass = undefined;
  }

  #report(gate: Gate): void {
    const { name } = this.config;
    this.#wasOpen = gate.isOpen;
    this.#sinceMs = this.#clock.now();
    const bypass = this.#bypass?.bypass;
    const event = gate.isOpen ? openedEvent(name, gate, bypass) : closedEvent(name, gate);
    const state = { isOpen: gate.isOpen, ...defined({ bypass }) };
    // A store that fails keeps the event for later.
    void this.#save(event, state).catch(() => undefined);
  }

  #save(event: EventBody, state: SavedRelay): Promise<void> {
    const settings = new Map([[savedKey(this.config.name), JSON.stringify(state)]]);
    return this.#parts.record(event, settings);
  }
}
