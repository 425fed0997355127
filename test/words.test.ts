import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { wordFindings } from './support/words.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the words of the project', () => {
  it('are plain: no banned word is in a document, a text or a comment', () => {
    const paths = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter((path) => path !== '' && existsSync(`${root}/${path}`));
    expect(paths.length).toBeGreaterThan(500);
    expect(
      paths.flatMap((path) => wordFindings(path, readFileSync(`${root}/${path}`, 'utf8'))),
    ).toEqual([]);
  });
});

describe('wordFindings', () => {
  const words = [{ words: 'told|tells?', instead: 'report', except: 'show and tell' }];

  it.each([
    ['a.ts', '/** Tells it. */\n', 'a.ts:1: "Tells"; instead: report'],
    ['a.ts', "const a = 1;\nconst b = 'is told twice';\n", 'a.ts:2: "told"; instead: report'],
    ['a.ts', '// one\nconst a = `it was told`;\n', 'a.ts:2: "told"; instead: report'],
    ['a.md', 'One.\n\nIt is told.\n', 'a.md:2: "told"; instead: report'],
    ['a.sh', '#!/bin/sh\n# It tells.\n', 'a.sh:2: "tells"; instead: report'],
  ])('finds a banned word in %s: %j', (path, text, finding) => {
    expect(wordFindings(path, text, words)).toContain(finding);
  });

  it.each([
    ['a.ts', 'const told = tell(1);\n'],
    ['a.ts', "const a = 'told';\n"],
    ['a.ts', '/** Retells, toldo, show and tell. */\n'],
    ['a.md', '```sh\ntell me\n```\n\n[one](told.md) and `tell`\n'],
    ['a.json', '{"a": "is told"}'],
  ])('finds none in %s: %j', (path, text) => {
    expect(wordFindings(path, text, words)).toEqual([]);
  });
});
