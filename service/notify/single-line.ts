/** Characters that change the direction of text or are invisible, and could make names look alike. */
const invisible = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A text from the network for display: one line, no invisible characters, at most `maxCharacters`
 * long; `?` if it is empty. It is not escaped for any format.
 */
export function toSingleLine(text: string, maxCharacters: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(invisible, '')
    .trim();
  const characters = [...clean];
  if (characters.length <= maxCharacters) return clean === '' ? '?' : clean;
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}
