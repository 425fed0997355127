/*
 * Size classes, with which the presences in a range of time are found quickly, whatever their length.
 *
 * An index by the beginning alone has to read everything that began before the end of the range, one
 * by the end everything that ended after its beginning. So presences are divided into classes by
 * length, each twice as long as the one before: a presence that is active at t1 and belongs to a
 * class with the maximum length L began between t1 - L and t1, and about half or more of the
 * presences of the class that began then are active at t1. A presence that grows changes its class
 * some twenty times in a year: an extension leaves the index alone.
 */

/** Maximum length in the shortest class, in milliseconds. */
const shortestMs = 4_096;

/** Lengths (from `fromMs` to `reachMs`) of each class: from `leastMs`, below `belowMs`. */
export const sizeClasses: readonly { readonly leastMs: number; readonly belowMs: number }[] =
  Array.from({ length: 33 }, (_, size) => ({
    leastMs: size === 0 ? 0 : shortestMs * 2 ** (size - 1),
    belowMs: shortestMs * 2 ** size,
  }));

export const sizeClass = (fromMs: number, reachMs: number): number =>
  32 - Math.clz32((reachMs - fromMs) / shortestMs);
