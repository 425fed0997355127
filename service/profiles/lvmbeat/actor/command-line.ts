/**
 * Words of a command, split as a shell does; undefined if a quotation is not closed. A backslash
 * quotes the next character, within double quotes only `"` and itself.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (quote === '"' && character === '\\' && /["\\]/.test(text[at + 1] ?? '')) {
        word = (word ?? '') + (text[++at] ?? '');
      } else word = (word ?? '') + character;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      if (at + 1 >= text.length) return undefined;
      word = (word ?? '') + (text[++at] ?? '');
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}

/** Arguments behind the name of a command: unknown options count as arguments. */
export function readArguments(words: readonly string[]): {
  readonly values: readonly string[];
  readonly wantsHelp: boolean;
} {
  const end = words.indexOf('--');
  const before = end === -1 ? words : words.slice(0, end);
  if (before.includes('--help')) return { values: [], wantsHelp: true };
  return { values: end === -1 ? words : words.toSpliced(end, 1), wantsHelp: false };
}
