import { textOf } from '../../ingest/json-body.ts';

/*
 * How Go reads what is sent to it, for its readers were hbtd's: names of fields in any case, numbers
 * in several notations.
 */

export type StringsRead<Name extends string> =
  /** Empty for what is missing or `null`. */
  | { readonly kind: 'strings'; text(name: Name): string }
  /** No JSON, or no object. */
  | { readonly kind: 'malformed' }
  /** The fields that are there and are no strings: the first of them, and all. */
  | { readonly kind: 'wrong-type'; readonly name: Name; readonly names: readonly Name[] };

/** Fields of the object in a body, all of which must be strings. */
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

/** The fields of the object in a body, by their names in lower case; undefined if there is none. */
export function readFields(body: Buffer): ReadonlyMap<string, unknown> | undefined {
  const value = parsed(body);
  if (value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}

function parsed(body: Buffer): unknown {
  const text = textOf(body);
  try {
    return text === undefined ? undefined : JSON.parse(text);
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

/** A number without a sign, as `strconv.ParseUint` reads it with base 0; `010` is eight. */
export function goNumber(text: string): bigint | undefined {
  const notation = notations.find(([expression]) => expression.test(text));
  if (notation === undefined) return undefined;
  const digits = text.replaceAll('_', '').replace(/^0[xbo]/i, '');
  return BigInt(`${notation[1]}${digits}`);
}
