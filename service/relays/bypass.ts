import { z } from 'zod';
import type { Clock } from '../runtime/clock.ts';

const savedBypassSchema = z.object({
  fromMs: z.number(),
  untilMs: z.number(),
  by: z.string(),
  reason: z.string(),
});
/** A request that holds a gate open; times are those of the wall clock. */
export type Bypass = Readonly<z.output<typeof savedBypassSchema>>;

const savedSchema = z.object({ isOpen: z.boolean(), bypass: savedBypassSchema.optional() });
/** What a relay keeps between runs: what was last reported of the gate, and the bypass. */
export type SavedRelay = Readonly<z.output<typeof savedSchema>>;

export const savedKey = (relay: string): string => `relays.${relay}`;

export function readSaved(saved: ReadonlyMap<string, string>, relay: string): SavedRelay {
  const text = saved.get(savedKey(relay));
  return text === undefined ? { isOpen: false } : savedSchema.parse(JSON.parse(text));
}

/**
 * A bypass that runs. It ends by the wall clock or by the monotonic clock, whichever is first: no step
 * of the wall clock makes it longer.
 */
export class RunningBypass {
  readonly bypass: Bypass;
  readonly #clock: Clock;
  readonly #endMonotonic: number;

  constructor(bypass: Bypass, clock: Clock) {
    this.bypass = bypass;
    this.#clock = clock;
    this.#endMonotonic = clock.monotonic() + (bypass.untilMs - clock.now());
  }

  /** Undefined if it has ended, or if the clock was set back before its beginning meanwhile. */
  static restore(bypass: Bypass | undefined, clock: Clock): RunningBypass | undefined {
    if (bypass === undefined || clock.now() < bypass.fromMs) return undefined;
    const running = new RunningBypass(bypass, clock);
    return running.hasEnded() ? undefined : running;
  }

  hasEnded(): boolean {
    return (
      this.#clock.now() >= this.bypass.untilMs || this.#clock.monotonic() >= this.#endMonotonic
    );
  }
}
