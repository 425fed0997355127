import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Presence } from '../contract/presence.ts';

/*
 * The arithmetic of presences: unions of covers. What it rests on: a union does not care in which
 * order, how often and in which portions its parts come. So whatever arrives late, twice or again
 * after a crash leads to the same presences.
 */

/** A goodbye covers its own moment alone: nothing is awaited after it. */
export const coverReachMs = (beat: Heartbeat, downMs: number): number =>
  beat.status === 'stopping' ? beat.timestampMs : beat.timestampMs + Math.ceil(downMs);

/** Touching counts: a heartbeat in the very last millisecond of a cover still belongs to it. */
export const touches = (a: Presence, b: Presence): boolean =>
  a.fromMs <= b.reachMs && b.fromMs <= a.reachMs;

/** Of two that touch. */
export const union = (a: Presence, b: Presence): Presence => ({
  fromMs: Math.min(a.fromMs, b.fromMs),
  toMs: Math.max(a.toMs, b.toMs),
  reachMs: Math.max(a.reachMs, b.reachMs),
});

/** Joins all that touch; the result is in the order of time, and nothing in it touches. */
export function coalesce(covers: readonly Presence[]): Presence[] {
  const joined: Presence[] = [];
  for (const cover of covers.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last && touches(last, cover)) joined[joined.length - 1] = union(last, cover);
    else joined.push(cover);
  }
  return joined;
}
