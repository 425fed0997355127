import { type BannedWord, bannedNames, bannedWords, exceptions } from './banned-words.ts';
import { type Prose, proseOfComments, proseOfMarkdown, proseOfTypeScript } from './prose.ts';

const readers: readonly [RegExp, (text: string) => Prose[]][] = [
  [/\.(?:ts|js)$/, (text) => proseOfTypeScript(text)],
  [/\.tsx$/, (text) => proseOfTypeScript(text, { tsx: true })],
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

/** The banned words in the name of a file and in the names that it exports. */
export function nameFindings(path: string, text: string, names = bannedNames): string[] {
  if (exceptions.some((exception) => exception.test(path))) return [];
  const exported = /\.tsx?$/.test(path)
    ? [...text.matchAll(/^export (?:async )?(?:function|const|type|class) (\w+)/gm)]
    : [];
  return [path, ...exported.map(([, name = '']) => name)].flatMap((name) =>
    names.flatMap(({ words, instead }) =>
      partsOf(name)
        .filter((part) => words.split(' ').includes(part))
        .map((part) => `${path}: "${part}" in the name ${name}; instead: ${instead}`),
    ),
  );
}

/** The words of a path or of a name in camel case, in lower case. */
const partsOf = (name: string): string[] =>
  [...name.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)].map(([part]) => part.toLowerCase());

function matches({ words, except }: BannedWord, text: string): string[] {
  const allowed = except === undefined ? text : text.replaceAll(new RegExp(except, 'gi'), '…');
  return [...allowed.matchAll(new RegExp(`(?<![\\w-])(?:${words})(?![\\w-])`, 'gi'))].map(
    ([found]) => found,
  );
}
