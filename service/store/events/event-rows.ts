import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LivenessEvent } from '../../contract/event.ts';
import type { Batch } from '../../contract/outbox.ts';

/** A range of events in the order of their ids, which an index can return. */
export type EventScan = {
  /** Both ends are exclusive. They need not be ids: any text that compares with ids. */
  readonly afterId: string;
  readonly beforeId: string;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  /** Only events with this value in the column. */
  readonly where?: { readonly column: EventColumn; readonly value: string } | undefined;
};

/** Columns with an index. */
export type EventColumn = 'kind' | 'name' | 'instance';

/** Queries of the table of events. */
type EventRows = {
  /** Number of the newest event; 0 when there never was one. */
  head(): number;
  /** Number of the oldest event that is kept; 1 when there never was one. */
  oldest(): number;
  read(afterSeq: number, limit: number): Batch<LivenessEvent>;
  /** See `EventLog.seqOf`; undefined when there is no event with a later id either. */
  seqOf(id: string): number | undefined;
  /** Greatest number, at most `lastSeq`, up to which all events are from before a time; or 0. */
  lastBefore(beforeMs: number, lastSeq: number): number;
  scan(scan: EventScan): LivenessEvent[];
};

export function createEventRows(reading: DatabaseSync): EventRows {
  const oldest = reading.prepare('SELECT min(seq) AS seq FROM events');
  const newest = reading.prepare('SELECT max(seq) AS seq FROM events');
  const following = reading.prepare('SELECT body FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const byId = reading.prepare('SELECT seq FROM events WHERE id = ?');
  const first = reading.prepare('SELECT seq, id FROM events ORDER BY seq LIMIT 1');
  // With the plus, SQLite reads only the later events, and not all from the first on.
  const firstLater = reading.prepare('SELECT min(+seq) AS seq FROM events WHERE id > ?');
  const younger = reading.prepare(
    'SELECT seq FROM events WHERE seq <= ? AND at_ms >= ? ORDER BY seq LIMIT 1',
  );
  const scans = new Map<string, StatementSync>();

  function prepared(column: EventColumn | undefined, order: EventScan['order']): StatementSync {
    const key = `${column} ${order}`;
    const known = scans.get(key);
    if (known) return known;
    const fresh = reading.prepare(scanSql(column, order));
    scans.set(key, fresh);
    return fresh;
  }

  return {
    head: () => Number(newest.get()?.['seq'] ?? 0),
    oldest: () => Number(oldest.get()?.['seq'] ?? 1),
    read: (afterSeq, limit) => ({
      firstSeq: afterSeq + 1,
      records: following.all(afterSeq, limit).map(eventOf),
    }),
    seqOf(id) {
      const own = byId.get(id)?.['seq'];
      if (own !== undefined) return Number(own);
      const oldest = first.get();
      if (oldest && String(oldest['id']) > id) return Number(oldest['seq']) - 1;
      const later = firstLater.get(id)?.['seq'];
      return typeof later === 'number' ? later - 1 : undefined;
    },
    lastBefore(beforeMs, lastSeq) {
      const first = younger.get(lastSeq, beforeMs)?.['seq'];
      return first === undefined ? lastSeq : Number(first) - 1;
    },
    scan({ afterId, beforeId, order, limit, where }) {
      const value = where ? [where.value] : [];
      return prepared(where?.column, order)
        .all(...value, afterId, beforeId, limit)
        .map(eventOf);
    },
  };
}

const eventOf = (row: Record<string, unknown>): LivenessEvent => JSON.parse(String(row['body']));

export function scanSql(column: EventColumn | undefined, order: EventScan['order']): string {
  return `SELECT body FROM events WHERE ${column ? `${column} = ? AND` : ''} id > ? AND id < ?
          ORDER BY id ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ?`;
}
