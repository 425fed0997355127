import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { type ConfigProblem, describeGiven, type Origin } from '../problem.ts';
import { rootSection, type Section } from '../settings.ts';
import type { ConfigSource, GivenValue } from './layers.ts';
import { didYouMean } from './suggest.ts';

/**
 * Values of a YAML file. Problems do not quote unchecked text of the file: with a syntax error, a
 * password may be anywhere.
 */
export function readConfigFile(file: string): ConfigSource {
  try {
    return readConfigText(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const hasCode = typeof error === 'object' && error !== null && 'code' in error;
    const given = hasCode ? `cannot be read (${error.code})` : 'cannot be read';
    return failed({ origin: { kind: 'file', file }, given, expected: 'a YAML file' });
  }
}

export function readConfigText(text: string, file: string): ConfigSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map((error): ConfigProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    const given = `column ${col}: ${withoutContent(error.message)}`;
    return { origin: { kind: 'file', file, line }, given, expected: 'valid YAML' };
  });
  if (faults.length > 0) return failed(...faults);

  const content = contentOf(document);
  if (content === undefined) {
    const given = 'an alias without an anchor, or too many of them';
    return failed({ origin: { kind: 'file', file }, given, expected: 'valid YAML' });
  }
  const originOf = (place: readonly string[]): Origin => {
    const offset = offsetOf(document, place);
    if (offset === undefined) return { kind: 'file', file };
    return { kind: 'file', file, line: lines.linePos(offset).line };
  };
  const given = new Map<string, GivenValue>();
  const problems: ConfigProblem[] = [];
  collect(content.value, rootSection, [], { given, problems, originOf });
  return { given, problems };
}

type Collection = {
  readonly given: Map<string, GivenValue>;
  readonly problems: ConfigProblem[];
  readonly originOf: (place: readonly string[]) => Origin;
};

/** Adds the settings of a group, and its unknown keys as problems. A key without a value is not set. */
function collect(value: unknown, section: Section, place: string[], found: Collection): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const origin = found.originOf(place);
    const problem = { given: describeGiven(value, true), expected: 'a group of settings', origin };
    found.problems.push(section.path === '' ? problem : { ...problem, path: section.path });
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const inner = [...place, key];
    const path = inner.join('.');
    const origin = found.originOf(inner);
    const known = section.members.find((one) => one.path === path);
    if (known === undefined) found.problems.push(unknownKey(key, path, section, origin));
    else if (known.kind === 'section') collect(member, known, inner, found);
    else if (member !== null) found.given.set(path, { value: member, origin });
  }
}

/** Quotes only names: `{password:hunter2}` without its space is a key without a value. */
function unknownKey(key: string, path: string, section: Section, origin: Origin): ConfigProblem {
  const expected = 'the name of a setting';
  if (!/^[A-Za-z_][\w-]{0,59}$/.test(key)) {
    const problem = { origin, given: 'a key that is no name and is not shown', expected };
    return section.path === '' ? problem : { ...problem, path: section.path };
  }
  const keys = section.members.map((one) => one.path);
  return { path, origin, given: 'unknown key', expected: `${expected}${didYouMean(path, keys)}` };
}

/** Undefined if an alias has no anchor, or if aliases expand to more than a file should contain. */
function contentOf(document: Document): { value: unknown } | undefined {
  try {
    return { value: document.toJS() };
  } catch {
    return undefined;
  }
}

/** Offset of a key from the beginning of the file, in characters. */
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
const withoutContent = (message: string): string => message.replace(/\s*[:"'`].*$/s, '');

const failed = (...problems: ConfigProblem[]): ConfigSource => ({ given: new Map(), problems });
