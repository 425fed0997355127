/*
 * How "who was there between t1 and t2" is found quickly among presences of any length.
 *
 * An index by the beginning alone must look at everything that began before t2, one by the end at
 * everything that ended after t1. So presences are divided into classes by length, each twice as
 * long as the one before: what is there at t1 and belongs to a class whose longest is L began
 * between t1 - L and t2, and of what began in that time in this class about half or more is there.
 * A presence that grows changes its class some twenty times in a year: extending it leaves the
 * index alone.
 */

/** Of the shortest class, in milliseconds. */
const shortestMs = 4_096;

/** Lengths (from `fromMs` to `reachMs`) of a class: from `leastMs`, below `belowMs`. */
export const sizeClasses: readonly { readonly leastMs: number; readonly belowMs: number }[] =
  Array.from({ length: 33 }, (_, size) => ({
    leastMs: size === 0 ? 0 : shortestMs * 2 ** (size - 1),
    belowMs: shortestMs * 2 ** size,
  }));

export const sizeClass = (fromMs: number, reachMs: number): number =>
  32 - Math.clz32((reachMs - fromMs) / shortestMs);
