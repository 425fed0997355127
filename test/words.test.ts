import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { nameFindings, wordFindings } from './support/words.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the words of the project', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(`${root}/${path}`))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));

  it('are read from every file of the repository', () => {
    expect(files.length).toBeGreaterThan(500);
  });

  it('are plain: no banned word is in a document, a text or a comment', () => {
    expect(files.flatMap(({ path, text }) => wordFindings(path, text))).toEqual([]);
  });

  it('are plain in the names of files and in the names that they export', () => {
    expect(files.flatMap(({ path, text }) => nameFindings(path, text))).toEqual([]);
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

describe('bannedWords', () => {
  it.each([
    ['/** Who was seen. */', 'Who'],
    ["const a = 'It stands in the log.';", 'stands in'],
    ['// Closed, for it was full.', 'for it'],
    ['// It accuses every instance.', 'accuses'],
  ])('has a pattern that finds the word in %j: %s', (text, word) => {
    expect(wordFindings('a.ts', text)).toEqual([expect.stringContaining(`"${word}"`)]);
  });

  it.each([
    '/** An address, for those of the list: a client who was seen. */',
    '// It stands in for another server, for the moment.',
    '// It stands for any number of characters.',
  ])('has none that finds a word in %j', (text) => {
    expect(wordFindings('a.ts', text)).toEqual([]);
  });
});

describe('nameFindings', () => {
  const names = [{ words: 'told tell', instead: 'report' }];

  it('finds a banned word in the name of a file, and in an exported name', () => {
    expect(nameFindings('told/a-tell.ts', 'export const tellAll = 1;\n', names)).toEqual([
      'told/a-tell.ts: "told" in the name told/a-tell.ts; instead: report',
      'told/a-tell.ts: "tell" in the name told/a-tell.ts; instead: report',
      'told/a-tell.ts: "tell" in the name tellAll; instead: report',
    ]);
  });

  it('finds none in parts of words, nor in names that are not exported', () => {
    expect(
      nameFindings('a/teller.ts', 'const tell = 1;\nexport const retold = 2;\n', names),
    ).toEqual([]);
  });
});
