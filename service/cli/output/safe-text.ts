/**
 * Names and reasons come from the network, and a terminal obeys control characters: they hide
 * lines, rename windows and type input. Characters that change the direction of text or are
 * invisible mislead the reader. All of them are printed as JSON escapes them: `\u001b`.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Safe text without line ends. */
export const safeLine = (text: string): string => text.replaceAll(unsafe, escapeCharacter);

/** Safe text with its line ends. */
export const safeLines = (text: string): string => text.split('\n').map(safeLine).join('\n');

/** JSON in one line, of the same value. */
export const safeJson = (value: unknown): string => safeLine(JSON.stringify(value));

/** Characters outside the basic plane have two UTF-16 code units. */
const escapeCharacter = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
