import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { type ConfigProblem, inWords } from '../problem.ts';
import { rootSection, type Section } from '../settings.ts';
import type { Given, Origin } from './origin.ts';
import type { Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';

/**
 * What a YAML file says. No text of the file gets into a problem unchecked: a slip of the syntax
 * may have put a password anywhere.
 */
export function readConfigFile(file: string): Reading {
  try {
    return readConfigText(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const hasCode = typeof error === 'object' && error !== null && 'code' in error;
    const given = hasCode ? `cannot be read (${error.code})` : 'cannot be read';
    return failed({ origin: { kind: 'file', file }, given, expected: 'a YAML file' });
  }
}

export function readConfigText(text: string, file: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map((error): ConfigProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    const given = `column ${col}: ${withoutContent(error.message)}`;
    return { origin: { kind: 'file', file, line }, given, expected: 'valid YAML' };
  });
  if (faults.length > 0) return { given: new Map(), problems: faults };

  const content = contentOf(document);
  if (content === undefined) {
    const given = 'an alias without an anchor, or too many of them';
    return failed({ origin: { kind: 'file', file }, given, expected: 'valid YAML' });
  }
  const originOf = (place: readonly string[]): Origin => {
    const offset = offsetOf(document, place);
    return offset === undefined
      ? { kind: 'file', file }
      : { kind: 'file', file, line: lines.linePos(offset).line };
  };
  const given = new Map<string, Given>();
  const problems: ConfigProblem[] = [];
  collect(content.value, rootSection, [], { given, problems, originOf });
  return { given, problems };
}

type Collection = {
  readonly given: Map<string, Given>;
  readonly problems: ConfigProblem[];
  readonly originOf: (place: readonly string[]) => Origin;
};

/** Sorts a group of the file into settings and what is none. Nothing after a key is not set. */
function collect(value: unknown, section: Section, place: string[], found: Collection): void {
  if (value === null || value === undefined) return;
  const origin = found.originOf(place);
  if (typeof value !== 'object' || Array.isArray(value)) {
    const problem = { given: inWords(value, true), expected: 'a group of settings', origin };
    found.problems.push(section.path === '' ? problem : { ...problem, path: section.path });
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const path = [...place, key].join('.');
    const known = section.members.find((one) => one.path === path);
    if (known === undefined) {
      found.problems.push(unknownKey(key, section, found.originOf([...place, key])));
    } else if (known.kind === 'section') {
      collect(member, known, [...place, key], found);
    } else if (member !== null) {
      found.given.set(path, { value: member, origin: found.originOf([...place, key]) });
    }
  }
}

/** `{password:hunter2}` without its space is a key with nothing behind it: only names are quoted. */
function unknownKey(key: string, { path, members }: Section, origin: Origin): ConfigProblem {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const expected = 'the name of a setting';
  if (!/^[A-Za-z_][\w-]{0,59}$/.test(key)) {
    const given = 'a key that is no name and is not shown';
    return { ...(path === '' ? {} : { path }), origin, given, expected };
  }
  const keys = members.map((one) => one.path);
  const hint = didYouMean(at(key), keys);
  return { path: at(key), origin, given: 'unknown key', expected: `${expected}${hint}` };
}

/** Undefined where aliases lead nowhere, or to more than a file should hold. */
function contentOf(document: Document): { value: unknown } | undefined {
  try {
    return { value: document.toJS() };
  } catch {
    return undefined;
  }
}

/** Where a key stands, in characters from the file's beginning. */
function offsetOf(document: Document, place: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of place) {
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
    offset = isScalar(pair?.key) ? pair.key.range?.[0] : offset;
    node = pair?.value;
  }
  return offset;
}

/** The parser's messages quote the text after a colon or within quotes. */
function withoutContent(message: string): string {
  return message.replace(/\s*[:"'`].*$/s, '');
}

function failed(problem: ConfigProblem): Reading {
  return { given: new Map(), problems: [problem] };
}
