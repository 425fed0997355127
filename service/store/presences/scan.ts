import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import { openConnection } from '../file/connection.ts';
import { createPresenceReader } from './reader.ts';
import { sizeClasses } from './size.ts';

/** Receives a presence; the instance by its number in the store. */
export type TakePresence = (
  instanceId: number,
  fromMs: number,
  toMs: number,
  reachMs: number,
) => void;

/**
 * Range of time, both ends included, for presences of which a part is in it, and for those with
 * `fromMs` before its end that a heartbeat at `reachingMs` would continue.
 */
type PresenceRange = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reachingMs: number;
};

/** Presences in bulk, as numbers, to count over long periods. */
export type PresenceScan = {
  /** Runs `read` on one state of the file, independent of concurrent writes. */
  atOnce<R>(read: () => R): R;
  /** Instances with numbers above `id`, ascending. */
  instancesAfter(id: number, take: (id: number, name: string, version: string) => void): void;
  /** Numbers of the instances of all components with this name. */
  instancesOf(name: string): number[];
  instanceId(identity: Identity): number | undefined;
  /** The `instance` of the identity with this number. */
  instanceText(id: number): string;
  /** All presences in the range, in no order. */
  allPresences(range: PresenceRange, take: TakePresence): void;
  /** The same for some instances. */
  presencesOf(ids: readonly number[], range: PresenceRange, take: TakePresence): void;
  /** Presences of an instance that touch a range, up to their `reachMs`. */
  touching(instanceId: number, fromMs: number, toMs: number): Presence[];
  /** Whether a component, or one instance of it, was active before a time. */
  wasActive(
    subject: { readonly name: string; readonly version: string; readonly instance?: string },
    beforeMs: number,
  ): boolean;
  close(): void;
};

/** Up to so many presences are always read by index: some ten milliseconds. */
const fewPresences = 20_000;
/** Rows of a full scan that take as long as one presence read by index. */
const scannedPerIndexed = 25;
/** Time after which the number of all presences is counted anew. */
const countedMs = 60_000;

/** Takes a third of the time of an array for each row: SQLite calls a function with the values. */
const takeEach = 'SELECT count(take(instance, from_ms, to_ms, reach_ms)) FROM presences';
const inRange = 'from_ms <= ? AND (to_ms >= ? OR reach_ms >= ?)';
const inClass = 'size = ? AND from_ms > ? AND from_ms <= ?';

/** Presences up to `alwaysFew` are always read by index. */
export function openPresenceScan(
  file: string,
  monotonic: () => number,
  alwaysFew = fewPresences,
): PresenceScan {
  const database = openConnection(file, { readOnly: true });
  const { instanceId, touching } = createPresenceReader(database);
  const prepare = (sql: string) => prepareArrays(database, sql);
  const after = prepare('SELECT id, name, version FROM ledger_instances WHERE id > ? ORDER BY id');
  const named = prepare('SELECT id FROM ledger_instances WHERE name = ?');
  const text = prepare('SELECT instance FROM ledger_instances WHERE id = ?');
  const earlier = prepare(
    `SELECT 1 FROM ledger_instances i CROSS JOIN presences p ON p.instance = i.id
     WHERE name = ?1 AND version = ?2 AND i.instance = coalesce(?3, i.instance) AND from_ms < ?4
     LIMIT 1`,
  );

  return {
    ...createRangeScan(database, monotonic, alwaysFew),
    atOnce(read) {
      database.exec('BEGIN');
      try {
        return read();
      } finally {
        database.exec('COMMIT');
      }
    },
    instancesAfter(id, take) {
      for (const row of after.iterate(id)) {
        const [number, name, version] = cells(row);
        take(Number(number), String(name), String(version));
      }
    },
    instancesOf: (name) => named.all(name).map((row) => Number(cells(row)[0])),
    instanceId,
    instanceText: (id) => String(cells(text.get(id))[0]),
    touching,
    wasActive: ({ name, version, instance }, beforeMs) =>
      earlier.get(name, version, instance ?? null, beforeMs) !== undefined,
    close: () => database.close(),
  };
}

function createRangeScan(
  database: DatabaseSync,
  monotonic: () => number,
  alwaysFew: number,
): Pick<PresenceScan, 'allPresences' | 'presencesOf'> {
  let taker: TakePresence = () => undefined;
  database.function('take', (instance, fromMs, toMs, reachMs) => {
    taker(Number(instance), Number(fromMs), Number(toMs), Number(reachMs));
    return null;
  });
  const prepare = (sql: string) => prepareArrays(database, sql);
  const all = prepare(`${takeEach} WHERE ${inRange}`);
  const ofInstance = prepare(`${takeEach} WHERE instance = ? AND ${inRange}`);
  const ofClass = prepare(`${takeEach} WHERE ${inClass} AND (to_ms >= ? OR reach_ms >= ?)`);
  const countOfClass = prepare(`SELECT count(*) FROM presences WHERE ${inClass}`);
  const countOfAll = prepare('SELECT count(*) FROM presences');
  let total = { count: 0, atMs: Number.NEGATIVE_INFINITY };

  function countAll(): number {
    if (monotonic() - total.atMs > countedMs) {
      total = { count: Number(cells(countOfAll.get())[0]), atMs: monotonic() };
    }
    return total.count;
  }

  /** Returns for each size class the range of `fromMs` of the presences that reach `fromMs`. */
  const classesWithin = (fromMs: number, toMs: number) =>
    sizeClasses.map(({ belowMs }, size): [number, number, number] => [
      size,
      fromMs - belowMs,
      toMs,
    ]);

  return {
    allPresences({ fromMs, toMs, reachingMs }, take) {
      const classes = classesWithin(fromMs, toMs);
      let candidates = 0;
      for (const one of classes) candidates += Number(cells(countOfClass.get(...one))[0]);
      const isRare = candidates < alwaysFew || candidates * scannedPerIndexed < countAll();
      taker = take;
      if (!isRare) all.get(toMs, fromMs, reachingMs);
      else for (const one of classes) ofClass.get(...one, fromMs, reachingMs);
    },
    presencesOf(ids, { fromMs, toMs, reachingMs }, take) {
      taker = take;
      for (const id of ids) ofInstance.get(id, toMs, fromMs, reachingMs);
    },
  };
}

function prepareArrays(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** Values of a row that is returned as an array. */
const cells = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : []);
