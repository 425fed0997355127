import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  filesNamedIn,
  type Link,
  linksOf,
  projectRoot,
  readDocument,
  titlesOf,
  unmatched,
} from './support/documents.ts';

const skipped = new Set(['node_modules', '.git', 'data', 'coverage']);

function documents(folder = ''): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const isRelative = ({ target }: Link) => !/^(https?:|mailto:|#)/.test(target);

describe('the documents', () => {
  it.each(documents())('link to files that exist: %s', (path) => {
    const missing = linksOf(readDocument(path))
      .filter(isRelative)
      .map(({ target }) => target.replace(/#.*$/, ''))
      .filter((target) => !existsSync(join(projectRoot, dirname(path), target)));
    expect(missing).toEqual([]);
  });

  // The guide to a new notifier names the files that its reader creates.
  it.each(documents().filter((path) => !path.endsWith('/how-to-add.md')))(
    'name source files that exist: %s',
    (path) => {
      const folders = ['', 'service', dirname(path)];
      const isThere = (file: string) =>
        folders.some((folder) => existsSync(join(projectRoot, folder, file)));
      expect(filesNamedIn(readDocument(path)).filter((file) => !isThere(file))).toEqual([]);
    },
  );

  it('number no two decisions alike, and list them all', () => {
    const files = readdirSync(join(projectRoot, 'docs/decisions'))
      .filter((name) => /^\d/.test(name))
      .sort();
    expect(new Set(files.map((name) => name.slice(0, 4))).size).toBe(files.length);
    const listed = linksOf(readDocument('docs/decisions/README.md')).map(({ target }) => target);
    expect(listed.toSorted()).toEqual(files);
  });
});

describe('docs/reference/guarantees.md', () => {
  const tests = linksOf(readDocument('docs/reference/guarantees.md')).filter(({ target }) =>
    target.endsWith('.test.ts'),
  );

  it('names tests', () => expect(tests.length).toBeGreaterThan(40));

  it.each(tests)('names a test of $target: $text', ({ text, target }) => {
    expect(unmatched(text, readDocument(join('docs/reference', target)))).toBeUndefined();
  });
});

describe('unmatched', () => {
  const source = [
    "it('is plain', () => {});",
    'it.each([1, 2])(',
    "  'is one of %s and $path',",
    '  async (n) => {},',
    ');',
    "const cases = [{ name: 'made up' }];",
    `it(\`is \${name}\`, async () => {}, 60_000);`,
    'it("has a \'quote\'", () => {});',
    "it('has it\\'s escape', () => {});",
  ].join('\n');

  it('finds the titles of a test', () => {
    expect(titlesOf(source)).toEqual([
      'is plain',
      'is one of %s and $path',
      `is \${name}`,
      "has a 'quote'",
      "has it's escape",
    ]);
  });

  it.each(['is plain', 'is one of 1 and a', 'is made up', "has a 'quote'", "has it's escape"])(
    'knows %s',
    (title) => expect(unmatched(title, source)).toBeUndefined(),
  );

  it.each(['is plai', 'plain', 'is one of 1', 'is invented', 'made up'])(
    'does not know %s',
    (title) => expect(unmatched(title, source)).toEqual(expect.any(String)),
  );
});
