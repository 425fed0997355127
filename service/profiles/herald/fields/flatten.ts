import { type RecordField, recordLimits } from '../../../contract/records/log-record.ts';
import type { PlainValue } from '../pickle/machine.ts';

const maxDepth = 5;
/** Values within lists and objects that are too deep, which are written into one text. */
const maxNested = 50;

type Nested = PlainValue | undefined | object;

/**
 * Fields of an object or a dictionary by their names; nested ones have the names of both with a dot
 * between. The number and the length of fields are bounded, and so is the work: shared values of a
 * pickle may look endless. Outermost fields may be left out.
 */
export function flatten(
  value: Nested,
  isLeftOut: (name: string) => boolean = () => false,
): Record<string, RecordField> {
  const fields: [string, RecordField][] = [];
  for (const [key, one] of entriesOf(value) ?? []) {
    if (fields.length >= recordLimits.fields) break;
    const name = partOf(key);
    if (isLeftOut(name)) continue;
    // Nearly all fields are plain.
    if (typeof one !== 'object' || one === null) fields.push([name, fieldOf(one)]);
    else collect(name, one, 1, fields);
  }
  // Object.fromEntries makes own properties of all names, __proto__ too.
  return Object.fromEntries(fields);
}

function collect(name: string, value: Nested, depth: number, into: [string, RecordField][]): void {
  const entries = entriesOf(value);
  if (entries === undefined || depth > maxDepth) {
    into.push([name, fieldOf(value)]);
    return;
  }
  for (const [key, one] of entries) {
    if (into.length >= recordLimits.fields) return;
    collect(`${name}.${partOf(key)}`, one, depth + 1, into);
  }
}

const partOf = (key: unknown): string => {
  const part = typeof key === 'string' ? key : String(typeof key === 'object' ? '' : key);
  return part.length > 255 ? part.slice(0, 255) : part;
};

/** Undefined for what is neither an object nor a dictionary. */
function entriesOf(value: Nested): Iterable<[unknown, Nested]> | undefined {
  if (value instanceof Map) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value);
}

/** A single value as a field. */
export function fieldOf(value: Nested): RecordField {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return cut(value, recordLimits.messageCharacters);
  if (typeof value === 'bigint') return String(value);
  return cut(described(value, { left: maxNested }), recordLimits.fieldCharacters);
}

/** Text of a list or of an object within a list, of at most `budget.left` values. */
function described(value: Nested, budget: { left: number }): string {
  const entries = Array.isArray(value) ? value.entries() : entriesOf(value);
  if (entries === undefined) return cut(String(fieldOf(value)), recordLimits.fieldCharacters);
  const parts: string[] = [];
  for (const [key, one] of entries) {
    if (budget.left <= 0) {
      parts.push('…');
      break;
    }
    budget.left -= 1;
    const text = described(one, budget);
    parts.push(Array.isArray(value) ? text : `${partOf(key)}: ${text}`);
  }
  return Array.isArray(value) ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
}

const cut = (text: string, characters: number): string =>
  (text.length > characters ? text.slice(0, characters) : text).toWellFormed();
