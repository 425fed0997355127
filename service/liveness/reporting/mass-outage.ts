import { z } from 'zod';
import type { Ref } from '../../registry/registry.ts';

export type MassOutageSettings = {
  readonly share: number;
  readonly minInstances: number;
  readonly windowSeconds: number;
  readonly holdSeconds: number;
};

/**
 * Recognizes that many instances fall silent together: more than a share of those that were up,
 * within a window. Whoever fell silent and is heard again does not count.
 *
 *   calm ──▶ held ──▶ storm ──▶ calm
 *     ▲        │
 *     └────────┘
 *
 * What is told in a storm: one event when it is recognized and one when it ends. Silences wait from
 * `held` on, and those that last are told one by one after the end, each in one event that says
 * what the instance is by then; who is heard again meanwhile is not told of at all. What was told
 * before stays told: of such an instance it is told at once when it is heard again. Goodbyes and
 * first heartbeats are told as ever.
 *
 * A storm is a storm only when much of it has passed. So while the silences of the last seconds,
 * if it went on like this, would become one, the phase is `held`, and whoever tells of silences
 * waits. It ends a few seconds after the silences become fewer. An ordinary death is never held:
 * it takes half of `minInstances` in those few seconds, and a twelfth or so of the share.
 *
 * Times are logical milliseconds.
 */
export type MassOutage = {
  fell(ref: Ref, nowMs: number): void;
  /** It had fallen silent before our start: a storm that lasts since then has counted it. */
  restore(ref: Ref, nowMs: number): void;
  /** It is heard again, or out of consideration. */
  rose(ref: Ref): void;
  /** To be called after each look at who fell silent, with the number of those that are up. */
  assess(nowMs: number, up: number): Phase;
  readonly storm: Storm | undefined;
};

export type Phase =
  | { readonly kind: 'calm' | 'held' | 'storm' }
  | { readonly kind: 'began' | 'ended'; readonly storm: Storm };

export const stormSchema = z.object({
  beganMs: z.number(),
  /** How many were up before it. */
  wereUp: z.number(),
  /** How many fell silent, and how many of all that had were heard again. */
  fell: z.number(),
  rose: z.number(),
  lastFellMs: z.number(),
});
export type Storm = Readonly<z.output<typeof stormSchema>>;

export function createMassOutage(settings: MassOutageSettings, saved?: Storm): MassOutage {
  const { share, minInstances, windowSeconds, holdSeconds } = settings;
  /** How many fell silent in each second, and are so still; a ring as long as the window. */
  const ring = new Uint32Array(windowSeconds);
  let ringSecond = 0;
  /** In which second an instance fell silent; 0 if it did not lately. A column by ref. */
  let fellAt = new Uint32Array(1_024);
  let storm = saved;

  const secondOf = (ms: number) => Math.floor(ms / 1_000) + 1;

  /** Empties the places of the seconds that have left the window. */
  function turnTo(second: number): void {
    const steps = Math.min(windowSeconds, second - ringSecond);
    for (let step = 0; step < steps; step++) ring[(second - step) % windowSeconds] = 0;
    ringSecond = Math.max(ringSecond, second);
  }

  function fallenWithin(seconds: number): number {
    let sum = 0;
    for (let back = 0; back < seconds && back < ringSecond; back++) {
      sum += ring[(ringSecond - back) % windowSeconds] ?? 0;
    }
    return sum;
  }

  function isMass(fallen: number, wereUp: number): boolean {
    return fallen >= minInstances && fallen > share * wereUp;
  }

  function note(ref: Ref, nowMs: number): void {
    const second = secondOf(nowMs);
    turnTo(second);
    if (ref >= fellAt.length) {
      const longer = new Uint32Array(Math.max(ref + 1, 2 * fellAt.length));
      longer.set(fellAt);
      fellAt = longer;
    }
    fellAt[ref] = second;
    ring[second % windowSeconds] = (ring[second % windowSeconds] ?? 0) + 1;
  }

  return {
    fell(ref, nowMs) {
      note(ref, nowMs);
      if (storm) storm = { ...storm, fell: storm.fell + 1, lastFellMs: nowMs };
    },

    restore(ref, nowMs) {
      note(ref, nowMs);
      if (storm) storm = { ...storm, lastFellMs: nowMs };
    },

    rose(ref) {
      const second = fellAt[ref] ?? 0;
      if (second === 0) return;
      fellAt[ref] = 0;
      const place = second % windowSeconds;
      if (second > ringSecond - windowSeconds) ring[place] = Math.max(0, (ring[place] ?? 0) - 1);
      if (storm) storm = { ...storm, rose: storm.rose + 1 };
    },

    assess(nowMs, up) {
      turnTo(secondOf(nowMs));
      if (storm) {
        if (nowMs - storm.lastFellMs < windowSeconds * 1_000) return { kind: 'storm' };
        const ended = { kind: 'ended', storm } as const;
        storm = undefined;
        return ended;
      }
      const fallen = fallenWithin(windowSeconds);
      const wereUp = up + fallen;
      if (isMass(fallen, wereUp)) {
        storm = { beganMs: nowMs, wereUp, fell: fallen, rose: 0, lastFellMs: nowMs };
        return { kind: 'began', storm };
      }
      const burst = fallenWithin(holdSeconds);
      const isBeginning =
        wereUp >= minInstances &&
        burst >= minInstances / 2 &&
        isMass((burst * windowSeconds) / holdSeconds, wereUp);
      return { kind: isBeginning ? 'held' : 'calm' };
    },

    get storm() {
      return storm;
    },
  };
}
