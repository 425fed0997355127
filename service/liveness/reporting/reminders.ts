import { z } from 'zod';
import type { LivenessConfig } from '../../config/sections/liveness.ts';
import type { Ref } from '../../registry/registry.ts';
import { createRefQueue } from './ref-queue.ts';

/**
 * When people are reminded of who is down.
 *
 *   logical time   ┼───────────┼───────────┼───────────┼──▶   a round every so often
 *                       │  ╰ half a round    ╰ reminded ╰ and again
 *                       ╰ down
 *
 * All are reminded of in the same rounds, so that what is told can be grouped: whoever has been
 * down for half a round at least. That and the rounds are in logical time,
 * so neither our absence nor a step of the wall clock makes reminders come sooner or twice. The
 * number of the last round that was told is saved together with what it told.
 *
 * Times are logical milliseconds.
 */
export type Reminders = {
  /** The next round for an instance that is down since then; never, when it has had all of them. */
  nextMs(downMs: number): number;
  /** The same, when the round that has come by now has been noted. */
  followingMs(downMs: number, nowMs: number): number;
  /** Its deadline for a round has passed. */
  note(ref: Ref): void;
  forget(ref: Ref): void;
  /** Whether a round has come that was not told yet. */
  isDue(nowMs: number): boolean;
  /** Those that were noted for it. */
  take(): Ref | undefined;
  /** The round is told. */
  told(nowMs: number): void;
};

const key = 'liveness.reminders';
const savedSchema = z.object({ everySeconds: z.number(), round: z.number() });

export function createReminders(options: {
  settings: LivenessConfig['reminders'];
  nowMs: number;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string) => void;
}): Reminders {
  const { settings, nowMs, saved, save } = options;
  const { everySeconds, most } = settings;
  if (everySeconds === 0) return withoutReminders;
  const everyMs = everySeconds * 1_000;
  const noted = createRefQueue();
  let round = restored();

  function restored(): number {
    const text = saved.get(key);
    const before = text === undefined ? undefined : savedSchema.parse(JSON.parse(text));
    if (before?.everySeconds === everySeconds) return before.round;
    return saving(Math.floor(nowMs / everyMs));
  }

  function saving(number: number): number {
    save(key, JSON.stringify({ everySeconds, round: number }));
    return number;
  }

  const firstRound = (downMs: number) => Math.ceil(downMs / everyMs + 0.5);

  /** When the first of the rounds from `least` on is that counts for it. */
  function roundMs(downMs: number, least: number): number {
    const first = firstRound(downMs);
    const next = Math.max(first, least);
    return next - first < most ? next * everyMs : Number.POSITIVE_INFINITY;
  }

  return {
    nextMs: (downMs) => roundMs(downMs, round + 1),
    followingMs: (downMs, atMs) => roundMs(downMs, Math.floor(atMs / everyMs) + 1),
    note: noted.add,
    forget: noted.remove,
    isDue: (atMs) => Math.floor(atMs / everyMs) > round,
    take: noted.take,
    told(atMs) {
      round = saving(Math.floor(atMs / everyMs));
    },
  };
}

const never = () => Number.POSITIVE_INFINITY;
const withoutReminders: Reminders = {
  nextMs: never,
  followingMs: never,
  note: () => undefined,
  forget: () => undefined,
  isDue: () => false,
  take: () => undefined,
  told: () => undefined,
};
