import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type ConfigProblem, describeGiven, type Origin } from '../../config/problem.ts';
import { expectationIn, schemaNode } from '../../config/schema/node.ts';
import { ownProperty } from '../../contract/values/own-property.ts';

export type CheckedDocument<T> =
  | { readonly kind: 'value'; readonly value: T; readonly locate: Locate }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/** Path and origin of a place. */
export type Locate = (place: readonly PropertyKey[]) => {
  readonly path: string;
  readonly origin: Origin;
};

/** Reads a YAML or JSON file by a schema, or returns all its problems, with the lines of the fields. */
export function readDocument<S extends z.ZodType>(
  file: string,
  schema: S,
): CheckedDocument<z.output<S>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = Error.isError(error) && 'code' in error ? ` (${error.code})` : '';
    return atFile(file, `cannot be read${code}`, 'a YAML or JSON file');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [fault] = document.errors;
  if (fault) {
    // The parser's messages quote the file, which may hold secrets.
    const { line, col } = lines.linePos(fault.pos[0]);
    return atFile(file, `column ${col}: not YAML`, 'valid YAML or JSON', line);
  }
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch {
    return atFile(file, 'an alias without an anchor, or too many of them', 'valid YAML or JSON');
  }

  const locate: Locate = (place) => {
    const offset = offsetOf(document.contents, place);
    const at = offset === undefined ? {} : { line: lines.linePos(offset).line };
    return { path: formatPlace(place), origin: { kind: 'file', file, ...at } };
  };
  const checked = schema.safeParse(value);
  if (checked.success) return { kind: 'value', value: checked.data, locate };
  const node = schemaNode(schema);
  const problems = checked.error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(key, issue.path, locate));
    }
    const { path, origin } = locate(issue.path);
    const at = { origin, ...(path === '' ? {} : { path }) };
    const { expects, secret } = expectationIn(node, issue.path, value);
    const found = issue.path.reduce<unknown>((inner, step) => ownProperty(inner, step), value);
    const given = found === undefined ? {} : { given: describeGiven(found, secret) };
    return [{ ...at, ...given, expected: issue.code === 'custom' ? issue.message : expects }];
  });
  return { kind: 'problems', problems };
}

/** Quotes only names: `{password:hunter2}` without its space is a key. */
function unknownKey(key: string, place: readonly PropertyKey[], locate: Locate): ConfigProblem {
  const expected = 'the name of a setting';
  const at = locate([...place, key]);
  if (/^[A-Za-z_][\w-]{0,59}$/.test(key)) return { ...at, given: 'unknown key', expected };
  return { origin: at.origin, given: 'a key that is no name and is not shown', expected };
}

const formatPlace = (place: readonly PropertyKey[]): string =>
  place
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

/** Offset of the place, or of the nearest one around it. */
function offsetOf(contents: unknown, place: readonly PropertyKey[]): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const step of place) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!pair) return offset;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = rangeOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

const rangeOf = (node: unknown): number | undefined =>
  isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;

function atFile<T>(
  file: string,
  given: string,
  expected: string,
  line?: number,
): CheckedDocument<T> {
  const origin: Origin = { kind: 'file', file, ...(line === undefined ? {} : { line }) };
  return { kind: 'problems', problems: [{ origin, given, expected }] };
}
