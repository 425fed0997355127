import { isAscii, isUtf8 } from 'node:buffer';
import { countColons, scanText, type TextFindings } from './text-scan.ts';

/** A body as values: one object, an array of them, or NDJSON. */
export type JsonBody =
  | {
      readonly kind: 'items';
      readonly items: readonly unknown[];
      /** The body is one object: paths into it begin with `$`, not with `$[0]`. */
      readonly isSingle: boolean;
      /** Paths of duplicate keys by the item's index; a path begins at the item. */
      readonly duplicates: ReadonlyMap<number, string>;
      /** Lines of NDJSON that are not JSON, by their index among the items. */
      readonly malformed: ReadonlyMap<number, string>;
    }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'too-many'; readonly count: number };

const none: ReadonlyMap<number, string> = new Map();

/** Reads JSON or NDJSON in UTF-8, with or without a BOM, independent of the Content-Type. */
export function readJsonBody(body: Buffer, maxItems: number): JsonBody {
  const text = textOf(body);
  if (text === undefined) return { kind: 'malformed', detail: 'The body is not valid UTF-8.' };
  if (text.trim() === '') return { kind: 'malformed', detail: 'The body is empty.' };
  const parsed = parse(text);
  if (parsed.kind === 'parsed') return fromValue(parsed.value, text, maxItems);
  return (
    readLines(text, maxItems) ?? {
      kind: 'malformed',
      detail: `The body is not JSON: ${parsed.detail}.${adviceFor(text)}`,
    }
  );
}

/** The text of a UTF-8 body; ASCII, which most bodies are, is decoded faster as Latin-1. */
export function textOf(body: Buffer): string | undefined {
  if (isAscii(body)) return body.toString('latin1');
  if (!isUtf8(body)) return undefined;
  const text = body.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function fromValue(value: unknown, text: string, maxItems: number): JsonBody {
  const isSingle = !Array.isArray(value);
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length > maxItems) return { kind: 'too-many', count: items.length };
  const { keys, isRounded } = inspect(items);
  if (!isRounded && keys === countColons(text)) {
    return { kind: 'items', items, isSingle, duplicates: none, malformed: none };
  }
  const { duplicates, timestamps } = scanText(text);
  return {
    kind: 'items',
    items: isRounded ? withExact(items, timestamps) : items,
    isSingle,
    duplicates,
    malformed: none,
  };
}

/** Counts the keys of all objects, to the depth of a heartbeat, and detects rounding. */
function inspect(items: readonly unknown[]): { keys: number; isRounded: boolean } {
  let keys = 0;
  let isRounded = false;
  for (const item of items) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) continue;
    const { timestamp, meta }: { timestamp?: unknown; meta?: unknown } = item;
    keys += Object.keys(item).length;
    if (typeof meta === 'object' && meta !== null) keys += Object.keys(meta).length;
    if (typeof timestamp === 'number' && timestamp > Number.MAX_SAFE_INTEGER) isRounded = true;
  }
  return { keys, isRounded };
}

/** The items with their timestamps as digits where a double has rounded them. */
function withExact(items: readonly unknown[], timestamps: TextFindings['timestamps']): unknown[] {
  return items.map((item, index) => {
    const timestamp = timestamps.get(index);
    const isObject = typeof item === 'object' && item !== null;
    return timestamp !== undefined && isObject ? { ...item, timestamp } : item;
  });
}

/** Lines that are not JSON, after which no more are parsed: each costs an exception. */
const maxMalformedLines = 1_000;

/** Advice for NDJSON whose line breaks are lost. */
const adviceFor = (text: string): string =>
  /^\s*\{[^{}]{0,10000}(\{[^{}]{0,10000}\}[^{}]{0,10000})?\}\s*\{/.test(text)
    ? ' It seems to be several objects in one line: `curl -d @file` removes line breaks, ' +
      '`--data-binary @file` keeps them.'
    : '';

/** NDJSON; undefined when the text is none. */
function readLines(text: string, maxItems: number): JsonBody | undefined {
  if (!text.trimStart().startsWith('{') || !text.includes('\n')) return undefined;
  const items: unknown[] = [];
  const malformed = new Map<number, string>();
  const duplicates = new Map<number, string>();
  let count = 0;
  for (const line of linesOf(text)) {
    const index = count++;
    if (index >= maxItems || malformed.size === maxMalformedLines) continue;
    const parsed = parse(line);
    if (parsed.kind === 'failed') {
      items.push(undefined);
      malformed.set(index, parsed.detail);
      if (items.length === maxMalformedLines && malformed.size === items.length) break;
      continue;
    }
    const found = scanText(line);
    const isRounded = found.timestamps.size > 0 && inspect([parsed.value]).isRounded;
    items.push(isRounded ? withExact([parsed.value], found.timestamps)[0] : parsed.value);
    const duplicate = found.duplicates.get(0);
    if (duplicate !== undefined) duplicates.set(index, duplicate);
  }
  // No line is JSON: this is broken JSON with line breaks.
  if (malformed.size === items.length) return undefined;
  if (count > maxItems) return { kind: 'too-many', count };
  if (malformed.size === maxMalformedLines) return tooManyMalformed(malformed);
  return { kind: 'items', items, isSingle: false, duplicates, malformed };
}

/** The lines that are not blank, one at a time: a body may consist of line breaks. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    const line = text.slice(from, end);
    if (line.trim() !== '') yield line;
    from = end + 1;
  }
}

function tooManyMalformed(malformed: ReadonlyMap<number, string>): JsonBody {
  const [[index = 0, detail = ''] = []] = malformed;
  return {
    kind: 'malformed',
    detail: `${maxMalformedLines} lines are not JSON, the first of them is line ${index + 1}: ${detail}.`,
  };
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
