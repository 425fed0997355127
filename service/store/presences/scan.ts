import { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import { createPresenceReader } from './reader.ts';
import { sizeClasses } from './size.ts';

/** Takes a presence; the instance by its number in the store. */
export type TakePresence = (
  instanceId: number,
  fromMs: number,
  toMs: number,
  reachMs: number,
) => void;

/** Presences of which a part is in a time, both ends included, and those that reach another time. */
export type ScannedTime = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Those that a heartbeat at this time would continue, if they begin before `toMs`. */
  readonly reachingMs: number;
};

/** Presences in bulk, as whoever counts over long periods needs them: numbers, no objects. */
export type PresenceScan = {
  /** Runs `read` on the file as it is now, whatever is written meanwhile. */
  atOnce<R>(read: () => R): R;
  /** The instances with numbers above `id`, in the order of these. */
  instancesAfter(id: number, take: (id: number, name: string, version: string) => void): void;
  /** The numbers of the instances of a component, or of all with its name. */
  instancesOf(name: string, version?: string): number[];
  instanceId(identity: Identity): number | undefined;
  /** What instances with these numbers are called, in the same order. */
  instanceTexts(ids: readonly number[]): string[];
  /** All presences that are meant, in no order. */
  within(time: ScannedTime, take: TakePresence): void;
  /** The same of some instances. */
  withinOf(ids: readonly number[], time: ScannedTime, take: TakePresence): void;
  /** Those of an instance that touch a time, up to their `reachMs`. */
  touching(instanceId: number, fromMs: number, toMs: number): Presence[];
  /** Whether a component, or that instance of it, was there before a time. */
  wasThere(
    component: { readonly name: string; readonly version: string; readonly instance?: string },
    beforeMs: number,
  ): boolean;
  close(): void;
};

/** So few are always looked up by index: some ten milliseconds. */
const fewPresences = 20_000;
/** To find a presence by index costs as much as to pass over so many in a row. */
const passedForOne = 25;
/** How long the number of all presences is good enough for an estimate. */
const countedMs = 60_000;

export function openPresenceScan(
  file: string,
  monotonic: () => number,
  alwaysFew = fewPresences,
): PresenceScan {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const { instanceId, touching } = createPresenceReader(database);
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const isWithin = 'from_ms <= ? AND (to_ms >= ? OR reach_ms >= ?)';
  // To hand a row over by a function costs a third of what it costs to make an array of it.
  let taker: TakePresence = () => undefined;
  database.function('take', (whose, fromMs, toMs, reachMs) => {
    taker(Number(whose), Number(fromMs), Number(toMs), Number(reachMs));
    return null;
  });
  const takeEach = 'SELECT count(take(instance, from_ms, to_ms, reach_ms)) FROM presences';
  const all = prepare(`${takeEach} WHERE ${isWithin}`);
  const ofOne = prepare(`${takeEach} WHERE instance = ? AND ${isWithin}`);
  const inClass = 'size = ? AND from_ms > ? AND from_ms <= ?';
  const ofClass = prepare(`${takeEach} WHERE ${inClass} AND (to_ms >= ? OR reach_ms >= ?)`);
  const countOfClass = prepare(`SELECT count(*) FROM presences WHERE ${inClass}`);
  const countOfAll = prepare('SELECT count(*) FROM presences');
  const after = prepare('SELECT id, name, version FROM ledger_instances WHERE id > ? ORDER BY id');
  const named = prepare(
    'SELECT id FROM ledger_instances WHERE name = ?1 AND version = coalesce(?2, version)',
  );
  const text = prepare('SELECT instance FROM ledger_instances WHERE id = ?');
  const earlier = prepare(
    `SELECT 1 FROM ledger_instances i CROSS JOIN presences p ON p.instance = i.id
     WHERE name = ?1 AND version = ?2 AND i.instance = coalesce(?3, i.instance) AND from_ms < ?4
     LIMIT 1`,
  );
  let total = { count: 0, atMs: Number.NEGATIVE_INFINITY };

  function countAll(): number {
    if (monotonic() - total.atMs > countedMs) {
      total = { count: Number(cells(countOfAll.get())[0]), atMs: monotonic() };
    }
    return total.count;
  }

  /** Classes are by how far presences reach: what reaches `fromMs` is in these ranges. */
  const classesWithin = (fromMs: number, toMs: number) =>
    sizeClasses.map(({ belowMs }, size): [number, number, number] => [
      size,
      fromMs - belowMs,
      toMs,
    ]);

  return {
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
    instancesOf: (name, version) =>
      named.all(name, version ?? null).map((row) => Number(cells(row)[0])),
    instanceId,
    instanceTexts: (ids) => ids.map((id) => String(cells(text.get(id))[0])),
    within({ fromMs, toMs, reachingMs }, take) {
      const classes = classesWithin(fromMs, toMs);
      let candidates = 0;
      for (const one of classes) candidates += Number(cells(countOfClass.get(...one))[0]);
      const isRare = candidates < alwaysFew || candidates * passedForOne < countAll();
      taker = take;
      if (!isRare) all.get(toMs, fromMs, reachingMs);
      else for (const one of classes) ofClass.get(...one, fromMs, reachingMs);
    },
    withinOf(ids, { fromMs, toMs, reachingMs }, take) {
      taker = take;
      for (const id of ids) ofOne.get(id, toMs, fromMs, reachingMs);
    },
    touching,
    wasThere: ({ name, version, instance }, beforeMs) =>
      earlier.get(name, version, instance ?? null, beforeMs) !== undefined,
    close: () => database.close(),
  };
}

/** A row, where rows are returned as arrays. */
const cells = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : []);
