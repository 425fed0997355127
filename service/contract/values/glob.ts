/**
 * Returns whether a text matches a pattern: `*` stands for any characters, also none, `?` for exactly
 * one, all others for themselves; case matters. The time is at most pattern length × text length.
 */
export function createGlob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern;
  if (matchesAll(pattern)) return () => true;
  const start = /^([^*?]*)\*$/.exec(pattern)?.[1];
  if (start !== undefined) return (text) => text.startsWith(start);
  return (text) => matches(pattern, text);
}

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

/** Whether a glob matches every text: nothing but stars. */
export const matchesAll = (glob: string): boolean => /^\*+$/.test(glob);

/** Only the last star is tried again: the last one can match all that an earlier one could. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let retry = 0;
  while (place < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      retry = place;
      at += 1;
    } else if (wanted === '?') {
      at += 1;
      place += characterLength(text, place);
    } else if (wanted !== undefined && wanted === text[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      retry += 1;
      at = star + 1;
      place = retry;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** A character outside the basic plane counts as one, although it has two code units. */
const characterLength = (text: string, index: number): number =>
  (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
