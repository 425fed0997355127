import type { LogRecord, NumberedRecord } from '../contract/records/log-record.ts';
import { createGlob, isGlob, matchesAll } from '../contract/values/glob.ts';
import type { Slicer } from '../runtime/concurrency/slicer.ts';
import type { RecordScan } from '../store/records/record-rows.ts';
import type { IdentityGlobs } from './identity-globs.ts';

/** Conditions that all have to hold; an absent one always holds. */
export type RecordFilter = IdentityGlobs & {
  readonly minLevel?: number | undefined;
  /** Glob of the logger's name. */
  readonly logger?: string | undefined;
  /** Words that all occur; see `searchExpression`. */
  readonly text?: string | undefined;
  /** Time of receipt, half-open; epoch milliseconds. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

export type RecordQuery = {
  readonly filter: RecordFilter;
  readonly order: RecordScan['order'];
  /** Undefined for as many as one page can hold. */
  readonly limit: number | undefined;
  /** Number of the last record that is already read. */
  readonly cursor?: number | undefined;
};

export type RecordPage = {
  readonly records: readonly NumberedRecord[];
  /** Present if there may be more: a page may hold few records or none, and still have it. */
  readonly next?: number | undefined;
};

/** What a query needs of the log of records. */
export type SearchedRecords = {
  head(): number;
  oldest(): number;
  seqAt(ms: number): number;
  scan(scan: RecordScan): NumberedRecord[];
};

export const maxPageRecords = 1_000;
/** Characters of the records of one page, about: then the page ends early. */
const maxPageCharacters = 8_000_000;

/** Records that one slice may have to read: some milliseconds, also where few of them match. */
const slices = { plain: 2_000, indexed: 50_000 };
const rowsPerSlice = 200;
/** Slices for one page: then the page ends early. */
const slicesPerPage = 500;

/** Whether a record matches all of a filter but its text. */
export function recordMatcher(filter: RecordFilter): (record: LogRecord) => boolean {
  const { minLevel = 0, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = filter;
  const globs = (['name', 'version', 'instance', 'logger'] as const).flatMap((part) => {
    const glob = filter[part];
    return glob === undefined || matchesAll(glob) ? [] : [{ part, matches: createGlob(glob) }];
  });
  return (record) =>
    record.level >= minLevel &&
    record.receivedAtMs >= fromMs &&
    record.receivedAtMs < toMs &&
    globs.every(({ part, matches }) => matches(record[part] ?? ''));
}

/**
 * Search for records as SQLite's FTS5 understands it: all words have to occur, in any order; words in
 * quotes stand side by side; a star at the end of a word stands for any ending. Undefined where the
 * text has no word.
 */
export function searchExpression(text: string): string | undefined {
  const terms = [...text.matchAll(/"([^"]*)"?|([^\s"]+)/g)].flatMap(([, phrase, word = '']) => {
    const isPrefix = phrase === undefined && word.endsWith('*');
    const words = (phrase ?? word).match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
    return words.length === 0 ? [] : [`"${words.join(' ')}"${isPrefix ? '*' : ''}`];
  });
  return terms.length === 0 ? undefined : terms.join(' AND ');
}

/** Returns a function that reads pages of the log of records. */
export function createRecordPages(log: SearchedRecords, slicer: Slicer) {
  return async ({
    filter,
    order,
    limit = maxPageRecords,
    cursor,
  }: RecordQuery): Promise<RecordPage> => {
    const { oldest, newest } = boundsOf(log, filter);
    const matches = recordMatcher(filter);
    const conditions = conditionsOf(filter);
    const width = conditions.isIndexed ? slices.indexed : slices.plain;
    const found: NumberedRecord[] = [];
    let characters = 0;
    let at = cursor ?? (order === 'ascending' ? oldest - 1 : newest + 1);
    for (let n = 0; n < slicesPerPage; n++) {
      const slice =
        order === 'ascending'
          ? { fromSeq: Math.max(oldest, at + 1), toSeq: Math.min(newest, at + width) }
          : { fromSeq: Math.max(oldest, at - width), toSeq: Math.min(newest, at - 1) };
      if (slice.fromSeq > slice.toSeq) return { records: found };
      const rows = await slicer.run(() =>
        log.scan({ ...conditions.scan, ...slice, order, limit: rowsPerSlice }),
      );
      for (const row of rows) {
        if (!matches(row)) continue;
        found.push(row);
        characters += row.message.length;
        if (found.length >= limit || characters >= maxPageCharacters) {
          return { records: found, next: row.seq };
        }
      }
      const isWhole = rows.length < rowsPerSlice;
      at = isWhole
        ? order === 'ascending'
          ? slice.toSeq
          : slice.fromSeq
        : (rows.at(-1)?.seq ?? at);
    }
    return { records: found, next: at };
  };
}

function boundsOf(log: SearchedRecords, { fromMs, toMs }: RecordFilter) {
  return {
    oldest: fromMs === undefined ? log.oldest() : log.seqAt(fromMs),
    newest: toMs === undefined ? log.head() : log.seqAt(toMs) - 1,
  };
}

/** The conditions that the table checks, by an index where there is one. */
function conditionsOf({ text, name, instance, minLevel }: RecordFilter) {
  const exact = (glob: string | undefined) =>
    glob === undefined || isGlob(glob) ? undefined : glob;
  const match = text === undefined ? undefined : searchExpression(text);
  const scan = { match, minLevel, name: exact(name), instance: exact(instance) };
  const isIndexed =
    match !== undefined ||
    scan.name !== undefined ||
    scan.instance !== undefined ||
    (minLevel ?? 0) >= 30;
  return { scan, isIndexed };
}
