import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import { sizeClasses } from './size.ts';

/** Which instances; what is not said may be anything. */
export type InstanceFilter = {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
};

export type StoredPresence = Presence & Identity & { readonly instanceId: number };

/** Some presences as if they were one. */
export type JoinedRows = { readonly rows: number; readonly presence: Presence };

export type PresenceReader = {
  instanceId(identity: Identity): number | undefined;
  /** An instance's number and the newest of its presences. */
  newest(identity: Identity): { readonly id: number; readonly presence?: Presence } | undefined;
  /** Those of an instance that touch a time, in their order. */
  touching(instanceId: number, fromMs: number, toMs: number): Presence[];
  /** The same as one; undefined when there are none. */
  joined(instanceId: number, fromMs: number, toMs: number): JoinedRows | undefined;
  /**
   * Those of all instances that touch a time, by `fromMs`. While one goes through them, nothing
   * else may be read over the same connection but what is to see the same state of the file.
   */
  within(fromMs: number, toMs: number, filter: InstanceFilter): Iterable<StoredPresence>;
};

/** Instances whose names are remembered while presences are gone through. */
const mostCached = 100_000;

type Row = Readonly<Record<string, unknown>>;

export function createPresenceReader(reading: DatabaseSync): PresenceReader {
  const prepare = lazily(reading);
  const instanceId = prepare(
    'SELECT id FROM ledger_instances WHERE name = ? AND version = ? AND instance = ?',
  );
  const newest = prepare(
    `SELECT id, from_ms, to_ms, reach_ms
     FROM ledger_instances LEFT JOIN presences ON presences.instance = id
     WHERE name = ? AND version = ? AND ledger_instances.instance = ?
     ORDER BY from_ms DESC LIMIT 1`,
  );
  const touching = prepare(
    `SELECT from_ms, to_ms, reach_ms FROM presences WHERE ${areTouching} ORDER BY from_ms`,
  );
  const joined = prepare(
    `SELECT count(*) AS rows, min(from_ms) AS from_ms, max(to_ms) AS to_ms,
       max(reach_ms) AS reach_ms FROM presences WHERE ${areTouching}`,
  );
  const identity = prepare('SELECT name, version, instance FROM ledger_instances WHERE id = ?');
  const nextSize = prepare('SELECT min(size) AS size FROM presences WHERE size > ?');

  function sizes(): number[] {
    const found: number[] = [];
    for (let size = -1; ; ) {
      const next = nextSize().get(size)?.['size'];
      if (typeof next !== 'number') return found;
      size = next;
      found.push(size);
    }
  }

  /** An instance has many presences, most often: a join would read it for each of them. */
  function cachedIdentities(): (id: number) => Identity {
    const known = new Map<number, Identity>();
    return (id) => {
      const found = known.get(id);
      if (found) return found;
      if (known.size >= mostCached) known.clear();
      const row = identity().get(id);
      const fresh = {
        name: String(row?.['name']),
        version: String(row?.['version']),
        instance: String(row?.['instance']),
      };
      known.set(id, fresh);
      return fresh;
    };
  }

  return {
    instanceId({ name, version, instance }) {
      const row = instanceId().get(name, version, instance);
      return row && Number(row['id']);
    },
    newest({ name, version, instance }) {
      const row = newest().get(name, version, instance);
      if (!row) return undefined;
      const id = Number(row['id']);
      return row['from_ms'] === null ? { id } : { id, presence: readPresence(row) };
    },
    touching: (id, fromMs, toMs) => touching().all(id, fromMs, toMs).map(readPresence),
    joined(id, fromMs, toMs) {
      const row = joined().get(id, fromMs, toMs);
      const rows = Number(row?.['rows'] ?? 0);
      return row && rows > 0 ? { rows, presence: readPresence(row) } : undefined;
    },
    *within(fromMs, toMs, filter) {
      const { sql, parameters } =
        filter.name === undefined
          ? withinBySize(fromMs, toMs, sizes())
          : withinByName(fromMs, toMs, filter);
      if (sql === '') return;
      const identityOf = cachedIdentities();
      for (const row of reading.prepare(sql).iterate(...parameters)) {
        const instanceId = Number(row['instance']);
        const identity = identityOf(instanceId);
        if (isMeant(filter, identity)) yield { instanceId, ...identity, ...readPresence(row) };
      }
    },
  };
}

// Presences do not touch each other: of those that begin earlier only the last can reach so far.
const areTouching = `instance = ?1 AND reach_ms >= ?2 AND from_ms <= ?3 AND from_ms >= coalesce(
  (SELECT max(from_ms) FROM presences WHERE instance = ?1 AND from_ms <= ?2), ?2)`;

type Query = { readonly sql: string; readonly parameters: readonly (string | number)[] };

/** Few instances have this name: what they have is looked through and sorted. */
function withinByName(fromMs: number, toMs: number, { name, version }: InstanceFilter): Query {
  const given = [name, version].filter((value) => value !== undefined);
  return {
    sql: `SELECT p.instance, from_ms, to_ms, reach_ms
          FROM ledger_instances i CROSS JOIN presences p ON p.instance = i.id
          WHERE reach_ms >= ? AND from_ms <= ? AND name = ?${version === undefined ? '' : ' AND version = ?'}
          ORDER BY from_ms, p.instance`,
    parameters: [fromMs, toMs, ...given],
  };
}

/** Each size class is read in the order of its index, and these orders are merged. */
function withinBySize(fromMs: number, toMs: number, sizes: readonly number[]): Query {
  const part = `SELECT instance, from_ms, to_ms, reach_ms FROM presences
    WHERE size = ? AND from_ms > ? AND from_ms <= ? AND reach_ms >= ?`;
  const order = sizes.length === 0 ? '' : ' ORDER BY from_ms, instance';
  return {
    sql: sizes.map(() => part).join(' UNION ALL ') + order,
    parameters: sizes.flatMap((size) => [
      size,
      fromMs - (sizeClasses[size]?.belowMs ?? Infinity),
      toMs,
      fromMs,
    ]),
  };
}

export const isMeant = (filter: InstanceFilter, { name, version, instance }: Identity): boolean =>
  (filter.name === undefined || filter.name === name) &&
  (filter.version === undefined || filter.version === version) &&
  (filter.instance === undefined || filter.instance === instance);

const readPresence = (row: Row): Presence => ({
  fromMs: Number(row['from_ms']),
  toMs: Number(row['to_ms']),
  reachMs: Number(row['reach_ms']),
});

/** A snapshot is opened for one question: it prepares what that one needs. */
function lazily(reading: DatabaseSync) {
  return (sql: string): (() => StatementSync) => {
    let prepared: StatementSync | undefined;
    return () => {
      prepared ??= reading.prepare(sql);
      return prepared;
    };
  };
}
