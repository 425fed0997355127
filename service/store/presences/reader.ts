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
          ? withinBySize(fromMs, toMs, filter, sizes())
          : withinByName(fromMs, toMs, filter);
      if (sql === '') return;
      for (const row of reading.prepare(sql).iterate(...parameters)) yield readStored(row);
    },
  };
}

// Presences do not touch each other: of those that begin earlier only the last can reach so far.
const areTouching = `instance = ?1 AND reach_ms >= ?2 AND from_ms <= ?3 AND from_ms >= coalesce(
  (SELECT max(from_ms) FROM presences WHERE instance = ?1 AND from_ms <= ?2), ?2)`;

type Query = { readonly sql: string; readonly parameters: readonly (string | number)[] };

const columns = `p.instance AS id, p.from_ms AS from_ms, p.to_ms AS to_ms, p.reach_ms AS reach_ms,
  i.name AS name, i.version AS version, i.instance AS instance`;

/** Few instances have this name: what they have is looked through and sorted. */
function withinByName(fromMs: number, toMs: number, filter: InstanceFilter): Query {
  const { conditions, values } = conditionsOf(filter);
  return {
    sql: `SELECT ${columns} FROM ledger_instances i CROSS JOIN presences p ON p.instance = i.id
          WHERE p.reach_ms >= ? AND p.from_ms <= ? ${conditions} ORDER BY from_ms, id`,
    parameters: [fromMs, toMs, ...values],
  };
}

/** Each size class is read in the order of its index, and these orders are merged. */
function withinBySize(
  fromMs: number,
  toMs: number,
  filter: InstanceFilter,
  sizes: readonly number[],
): Query {
  const { conditions, values } = conditionsOf(filter);
  const parts = sizes.map((size) => ({
    sql: `SELECT ${columns} FROM presences p CROSS JOIN ledger_instances i ON i.id = p.instance
          WHERE p.size = ? AND p.from_ms > ? AND p.from_ms <= ? AND p.reach_ms >= ? ${conditions}`,
    parameters: [size, fromMs - (sizeClasses[size]?.belowMs ?? Infinity), toMs, fromMs, ...values],
  }));
  const order = parts.length === 0 ? '' : ' ORDER BY from_ms, id';
  return {
    sql: parts.map(({ sql }) => sql).join(' UNION ALL ') + order,
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

function conditionsOf({ name, version, instance }: InstanceFilter) {
  const given = Object.entries({ name, version, instance }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    conditions: given.map(([column]) => `AND i.${column} = ?`).join(' '),
    values: given.map(([, value]) => String(value)),
  };
}

const readPresence = (row: Row): Presence => ({
  fromMs: Number(row['from_ms']),
  toMs: Number(row['to_ms']),
  reachMs: Number(row['reach_ms']),
});

const readStored = (row: Row): StoredPresence => ({
  ...readPresence(row),
  instanceId: Number(row['id']),
  name: String(row['name']),
  version: String(row['version']),
  instance: String(row['instance']),
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
