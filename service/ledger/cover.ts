import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Presence } from '../contract/presence.ts';

/*
 * The arithmetic of presences: unions of covers. A union does not depend on the order, the number and
 * the portions in which its parts come: a heartbeat that arrives late, twice, or again after a crash
 * leads to the same presences.
 */

/** End of what a heartbeat covers. Stopping covers its own time alone: no heartbeat is expected. */
export const coverReachMs = (beat: Heartbeat, downMs: number): number =>
  beat.status === 'stopping' ? beat.timestampMs : beat.timestampMs + Math.ceil(downMs);

/** Whether two overlap or touch: a heartbeat in the last millisecond of a cover belongs to it. */
export const touches = (a: Presence, b: Presence): boolean =>
  a.fromMs <= b.reachMs && b.fromMs <= a.reachMs;

/** The union of two that touch. */
export const union = (a: Presence, b: Presence): Presence => ({
  fromMs: Math.min(a.fromMs, b.fromMs),
  toMs: Math.max(a.toMs, b.toMs),
  reachMs: Math.max(a.reachMs, b.reachMs),
});

/** Joins all that touch; the result is in the order of time, and no two of it touch. */
export function coalesce(covers: readonly Presence[]): Presence[] {
  const joined: Presence[] = [];
  for (const cover of covers.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last && touches(last, cover)) joined[joined.length - 1] = union(last, cover);
    else joined.push(cover);
  }
  return joined;
}
