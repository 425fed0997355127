import { textOf } from '../../ingest/json-body.ts';
import { isCostly } from '../../ingest/json-shape.ts';

/*
 * JSON and numbers as Go reads them, because hbtd was written in Go: names of fields in any case,
 * numbers in several notations.
 */

type StringsRead<Name extends string> =
  /** Empty for fields that are missing or `null`. */
  | { readonly kind: 'strings'; text(name: Name): string }
  /** Not JSON, or not an object. */
  | { readonly kind: 'malformed' }
  /** The first of the fields that are not strings, and all of them. */
  | { readonly kind: 'wrong-type'; readonly name: Name; readonly names: readonly Name[] };

/** Reads fields of the object in a body, all of which must be strings. */
export function readStrings<Name extends string>(
  body: Buffer,
  names: readonly Name[],
): StringsRead<Name> {
  const fields = readFields(body);
  if (fields === undefined) return { kind: 'malformed' };
  const fieldOf = (name: Name) => fields.get(name.toLowerCase()) ?? '';
  const wrong = names.filter((name) => typeof fieldOf(name) !== 'string');
  const [first] = wrong;
  if (first !== undefined) return { kind: 'wrong-type', name: first, names: wrong };
  return { kind: 'strings', text: (name) => String(fieldOf(name)) };
}

/**
 * Fields of the object in a body by their names in lower case; undefined without an object. `null`
 * leaves the value that an earlier field of the name has.
 */
export function readFields(body: Buffer): ReadonlyMap<string, unknown> | undefined {
  const value = parsed(body);
  if (value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    if (field !== null) fields.set(key.toLowerCase(), field);
  }
  return fields;
}

function parsed(body: Buffer): unknown {
  const text = textOf(body);
  if (text === undefined || isCostly(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notations: readonly (readonly [RegExp, prefix: string])[] = [
  [/^0x_?[\da-f]+(_[\da-f]+)*$/i, '0x'],
  [/^0b_?[01]+(_[01]+)*$/i, '0b'],
  [/^0o_?[0-7]+(_[0-7]+)*$/i, '0o'],
  [/^0[0-7]*(_[0-7]+)*$/, '0o'],
  [/^[1-9]\d*(_\d+)*$/, ''],
];

/** Parses an unsigned number as `strconv.ParseUint` does with base 0; `010` is eight. */
export function goNumber(text: string): bigint | undefined {
  const notation = notations.find(([expression]) => expression.test(text));
  if (notation === undefined) return undefined;
  const digits = text.replaceAll('_', '').replace(/^0[xbo]/i, '');
  return BigInt(`${notation[1]}${digits}`);
}
