import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';

/*
 * Compares the responses of a mock with exchanges that were recorded from the real service.
 *
 * Recordings hold placeholders (`<token-0>`, `<id-3>`) where the real service chose a value. A
 * placeholder takes its value from the first response that has it; from then on the value must be
 * the same everywhere, and requests that name the placeholder are sent with the value.
 */

export type Bindings = Map<string, string>;

const placeholder = /<[a-z]+(?:-\d+)?>/;
const host = /https?:\/\/[^/"\s]+/g;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/;

/** Reads `test/fixtures/oracle/<name>`, one exchange a line. */
export function readOracle<T extends z.ZodType>(name: string, schema: T): z.infer<T>[] {
  const path = fileURLToPath(new URL(`../fixtures/oracle/${name}`, import.meta.url));
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}

/** Replaces the placeholders in a request by their values. */
export function substitute(text: string, bindings: Bindings): string {
  return [...bindings].reduce((result, [name, value]) => result.replaceAll(name, value), text);
}

/**
 * Differences between a recorded JSON value and a response, each with its path; empty when equal.
 * Hosts are not compared; of times only the form; of the members in `wording` only that they are
 * strings; of the members in `random` only number and kind. The lists in `unordered` are compared
 * without their order.
 */
export function differences(
  expected: unknown,
  actual: unknown,
  bindings: Bindings,
  loose: Loose = {},
  path = '$',
): string[] {
  if (isRecord(expected) && isRecord(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) =>
      memberDifferences(key, expected, actual, bindings, loose, `${path}.${key}`),
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${path}: ${expected.length} elements recorded, ${actual.length} answered`];
    }
    return expected.flatMap((element, index) =>
      differences(element, actual[index], bindings, loose, `${path}[${index}]`),
    );
  }
  if (typeof expected === 'string' && typeof actual === 'string') {
    return matchText(expected, actual, bindings) ? [] : [unequal(path, expected, actual)];
  }
  return Object.is(expected, actual) ? [] : [unequal(path, expected, actual)];
}

export type Loose = {
  wording?: readonly string[];
  random?: readonly string[];
  unordered?: readonly string[];
};

/** Differences in the named headers: the recorded ones are required, others are not allowed. */
export function headerDifferences(
  expected: Record<string, string>,
  actual: Headers,
  names: readonly string[],
  bindings: Bindings,
): string[] {
  return names.flatMap((name) => {
    const wanted = expected[name] ?? null;
    const given = actual.get(name);
    const alike = wanted === null ? given === null : matchText(wanted, given ?? '', bindings);
    return alike ? [] : [unequal(`header ${name}`, wanted, given)];
  });
}

function memberDifferences(
  key: string,
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  bindings: Bindings,
  loose: Loose,
  path: string,
): string[] {
  if (!(key in actual)) return [`${path}: recorded, but not answered`];
  if (!(key in expected)) return [`${path}: answered, but not recorded`];
  const [wanted, given] = [expected[key], actual[key]];
  if (loose.wording?.includes(key)) {
    return typeof given === typeof wanted ? [] : [unequal(path, wanted, given)];
  }
  if (loose.random?.includes(key)) {
    return shape(given) === shape(wanted) ? [] : [unequal(path, wanted, given)];
  }
  const sort = loose.unordered?.includes(key) ? sorted : (value: unknown) => value;
  return differences(sort(wanted), sort(given), bindings, loose, path);
}

/** Returns whether the text is as recorded; gives placeholders without a value theirs. */
function matchText(expected: string, actual: string, bindings: Bindings): boolean {
  if (time.test(expected)) return digitless(expected) === digitless(actual);
  const names: string[] = [];
  const pattern = withoutHosts(expected)
    .split(new RegExp(`(${placeholder.source})`))
    .map((part) => {
      if (!placeholder.test(part)) return RegExp.escape(part);
      const known = bindings.get(part);
      if (known !== undefined) return RegExp.escape(known);
      names.push(part);
      return '([^/?&"]+)';
    })
    .join('');
  const found = new RegExp(`^${pattern}$`, 's').exec(withoutHosts(actual));
  if (found === null) return false;
  for (const [index, name] of names.entries()) bindings.set(name, found[index + 1] ?? '');
  return true;
}

function withoutHosts(text: string): string {
  return text.replaceAll(host, 'http://host');
}

function digitless(text: string): string {
  return text.replaceAll(/\d/g, '0');
}

function sorted(value: unknown): unknown {
  return Array.isArray(value)
    ? value.toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)))
    : value;
}

/** Ids differ between recording and answer, so they cannot decide the order. */
function sortKey(value: unknown): string {
  if (!isRecord(value)) return String(value);
  return String(value['name'] ?? value['interface'] ?? value['id']);
}

function shape(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map(shape).join()}]`
    : value === null
      ? 'null'
      : typeof value;
}

function unequal(path: string, expected: unknown, actual: unknown): string {
  return `${path}: recorded ${JSON.stringify(expected)}, answered ${JSON.stringify(actual)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
