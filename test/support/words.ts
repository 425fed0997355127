import { type BannedWord, bannedWords, exceptions } from './banned-words.ts';
import { type Prose, proseOfComments, proseOfMarkdown, proseOfTypeScript } from './prose.ts';

const readers: readonly [RegExp, (text: string) => Prose[]][] = [
  [/\.(?:ts|tsx|js)$/, proseOfTypeScript],
  [/\.md$/, proseOfMarkdown],
  [/\.(?:sh|ya?ml|service|timer)$/, proseOfComments],
];

/** The banned words in the prose of a file, one sentence each. */
export function wordFindings(path: string, text: string, words = bannedWords): string[] {
  const read = readers.find(([names]) => names.test(path))?.[1];
  if (!read || exceptions.some((exception) => exception.test(path))) return [];
  return read(text).flatMap(({ line, text }) =>
    words.flatMap((word) =>
      matches(word, text).map((found) => `${path}:${line}: "${found}"; instead: ${word.instead}`),
    ),
  );
}

function matches({ words, except }: BannedWord, text: string): string[] {
  const allowed = except === undefined ? text : text.replaceAll(new RegExp(except, 'gi'), '…');
  return [...allowed.matchAll(new RegExp(`(?<![\\w-])(?:${words})(?![\\w-])`, 'gi'))].map(
    ([found]) => found,
  );
}
