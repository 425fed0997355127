/**
 * Names and reasons come from the network, and a terminal does what control characters say: it
 * hides lines, renames windows, types answers. So none of them reaches one: they are shown as what
 * they are. That holds also for those that only change the direction of text, or are invisible.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** For a line on a terminal. */
export const safeLine = (text: string): string => text.replaceAll(unsafe, escaped);

/** For several lines on a terminal. */
export const safeLines = (text: string): string =>
  text.replaceAll(unsafe, (character) => (character === '\n' ? character : escaped(character)));

/** JSON with the same meaning: what it may hold as it is, and a terminal must not see, is escaped. */
export const safeJson = (value: unknown, space?: number): string =>
  JSON.stringify(value, undefined, space).replaceAll(unsafe, (character) =>
    character === '\n' ? character : escaped(character),
  );

/** As in JSON: `\u001b`, in two parts where the character has two. */
const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
