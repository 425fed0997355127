import { isAscii, isUtf8 } from 'node:buffer';
import { countColons, findDuplicateKeys } from './duplicate-keys.ts';

/** A body as values: one object, an array of them, or NDJSON. */
export type JsonBody =
  | {
      readonly kind: 'items';
      readonly items: readonly unknown[];
      /** A lone object: paths into it begin with `$`, not with `$[0]`. */
      readonly isSingle: boolean;
      readonly duplicates: ReadonlyMap<number, string>;
      /** Lines of NDJSON that are not JSON, by their index among the items. */
      readonly malformed: ReadonlyMap<number, string>;
    }
  | { readonly kind: 'malformed'; readonly detail: string };

const none: ReadonlyMap<number, string> = new Map();

/** Reads a body whatever it calls itself: JSON or NDJSON in UTF-8, with or without a BOM. */
export function readJsonBody(body: Buffer): JsonBody {
  if (!isUtf8(body)) return { kind: 'malformed', detail: 'The body is not valid UTF-8.' };
  const text = textOf(body);
  if (text.trim() === '') return { kind: 'malformed', detail: 'The body is empty.' };
  const parsed = parse(text);
  if (parsed.kind === 'parsed') return whole(parsed.value, text, body);
  return (
    readLines(text) ?? { kind: 'malformed', detail: `The body is not JSON: ${parsed.detail}.` }
  );
}

/** The text of a valid UTF-8 body; ASCII, which most bodies are, is decoded faster as Latin-1. */
export function textOf(body: Buffer): string {
  const text = body.toString(isAscii(body) ? 'latin1' : 'utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function whole(value: unknown, text: string, body: Buffer): JsonBody {
  const isSingle = !Array.isArray(value);
  const items = Array.isArray(value) ? value : [value];
  const { keys, isRounded } = inspect(items);
  const duplicates = keys === countColons(body) ? none : findDuplicateKeys(text);
  const exact = isRounded ? parseExact(text) : items;
  return {
    kind: 'items',
    items: Array.isArray(exact) ? exact : [exact],
    isSingle,
    duplicates,
    malformed: none,
  };
}

/** Counts the keys of all objects, to the depth that a heartbeat has, and looks for rounding. */
function inspect(items: readonly unknown[]): { keys: number; isRounded: boolean } {
  let keys = 0;
  let isRounded = false;
  for (const item of items) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) continue;
    for (const key in item) {
      keys++;
      const value: unknown = Reflect.get(item, key);
      if (typeof value === 'object' && value !== null) keys += Object.keys(value).length;
      else if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) isRounded = true;
    }
  }
  return { keys, isRounded };
}

/** NDJSON: undefined when the text is nothing of the kind. */
function readLines(text: string): JsonBody | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2 || !text.trimStart().startsWith('{')) return undefined;
  const items: unknown[] = [];
  const malformed = new Map<number, string>();
  const duplicates = new Map<number, string>();
  for (const [index, line] of lines.entries()) {
    const parsed = parse(line);
    if (parsed.kind === 'failed') {
      items.push(undefined);
      malformed.set(index, parsed.detail);
      continue;
    }
    items.push(inspect([parsed.value]).isRounded ? parseExact(line) : parsed.value);
    const duplicate = findDuplicateKeys(line).get(0);
    if (duplicate !== undefined) duplicates.set(index, duplicate);
  }
  // Not one line is JSON: this is broken JSON that happens to have lines.
  if (malformed.size === lines.length) return undefined;
  return { kind: 'items', items, isSingle: false, duplicates, malformed };
}

type Parsed =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly detail: string };

function parse(text: string): Parsed {
  try {
    return { kind: 'parsed', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Parses a valid text once more, so that integers beyond 2^53 (nanoseconds) come as their digits
 * instead of rounded. https://tc39.es/proposal-json-parse-with-source/
 */
function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source ?? '';
    const isRounded = typeof value === 'number' && value > Number.MAX_SAFE_INTEGER;
    return isRounded && /^\d+$/.test(source) ? source : value;
  });
}
