/** What changes the direction of text, or does not show, and so could make one name look another. */
const invisible = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A text from the network as people may see it: one line, nothing invisible, at most `maxCharacters`
 * long. What is left of it says nothing to any format: escaping is the business of who writes one.
 */
export function oneLine(text: string, maxCharacters: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(invisible, '')
    .trim();
  const characters = [...clean];
  if (characters.length <= maxCharacters) return clean === '' ? '?' : clean;
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}
