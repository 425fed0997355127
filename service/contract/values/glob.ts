/**
 * Patterns for names: `*` stands for any characters, also none, `?` for exactly one; all others for
 * themselves, upper and lower case apart. The time is bounded by pattern × text, whatever is asked.
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

/** Only the last star is ever tried again: what an earlier one might take, the last one can too. */
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

/** A character outside the basic plane counts as one, though it is two in a string. */
const characterLength = (text: string, index: number): number =>
  (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
