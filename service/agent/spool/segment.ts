import { readFileSync } from 'node:fs';
import { codeOf } from '../probes/probe.ts';

/** A numbered record of a spool. */
export type SpoolEntry<T> = { readonly seq: number; readonly record: T };

/** A file of a spool; the next one begins behind `lastSeq`. */
export type Segment = {
  readonly file: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: number;
};

/** A line is `<number> <JSON>`. */
export const formatEntry = <T>({ seq, record }: SpoolEntry<T>): string =>
  `${seq} ${JSON.stringify(record)}\n`;

export const segmentName = (firstSeq: number): string =>
  `${String(firstSeq).padStart(16, '0')}.log`;

export function firstSeqOf(name: string): number | undefined {
  const [, digits] = /^(\d{16})\.log$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Entries of a segment in the order of their numbers. What cannot be read is left out: the end of a
 * file that a crash or a full disk cut short, or a damaged line. A file that was removed is empty.
 */
export function readSegment<T>(file: string): SpoolEntry<T>[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const entries: SpoolEntry<T>[] = [];
  let before = 0;
  for (const one of text.split('\n').slice(0, -1)) {
    const entry = parseEntry<T>(one);
    if (entry === undefined || entry.seq <= before) continue;
    before = entry.seq;
    entries.push(entry);
  }
  return entries;
}

function parseEntry<T>(text: string): SpoolEntry<T> | undefined {
  const space = text.indexOf(' ');
  const seq = Number(text.slice(0, space));
  if (space < 1 || !Number.isSafeInteger(seq)) return undefined;
  try {
    const record: unknown = JSON.parse(text.slice(space + 1));
    // The spool is the only writer of its files.
    return typeof record === 'object' && record !== null ? { seq, record: record as T } : undefined;
  } catch {
    return undefined;
  }
}
