import { type RecordField, recordLimits } from '../../../contract/log-record.ts';
import type { PlainValue } from '../pickle/machine.ts';

const maxDepth = 5;
/** Values within lists and objects that are too deep, which are written into one text. */
const maxNested = 50;

type Nested = PlainValue | undefined | object;

/**
 * Fields of an object or a dictionary by their names; nested ones have the names of both with a dot
 * between. The number and the length of fields are bounded, and so is the work: shared values of a
 * pickle may look endless.
 */
export function flatten(value: Nested): Record<string, RecordField> {
  const fields: [string, RecordField][] = [];
  collect('', value, 0, fields);
  // Object.fromEntries makes own properties of all names, __proto__ too.
  return Object.fromEntries(fields);
}

function collect(name: string, value: Nested, depth: number, into: [string, RecordField][]): void {
  const entries = entriesOf(value);
  if (entries === undefined || depth > maxDepth) {
    if (name !== '') into.push([name, fieldOf(value)]);
    return;
  }
  for (const [key, one] of entries) {
    if (into.length >= recordLimits.fields) return;
    const part = String(typeof key === 'object' ? '' : key).slice(0, 255);
    collect(name === '' ? part : `${name}.${part}`, one, depth + 1, into);
  }
}

/** Undefined for what is neither an object nor a dictionary. */
function entriesOf(value: Nested): Iterable<[unknown, Nested]> | undefined {
  if (value instanceof Map) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value);
}

function fieldOf(value: Nested): RecordField {
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
    const name = typeof key === 'object' ? '' : String(key).slice(0, 255);
    const text = described(one, budget);
    parts.push(Array.isArray(value) ? text : `${name}: ${text}`);
  }
  return Array.isArray(value) ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
}

const cut = (text: string, characters: number): string =>
  (text.length > characters ? text.slice(0, characters) : text).toWellFormed();
