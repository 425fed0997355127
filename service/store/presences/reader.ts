import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';

/** Several rows joined into one presence. */
export type JoinedRows = { readonly rows: number; readonly presence: Presence };

export type PresenceReader = {
  instanceId(identity: Identity): number | undefined;
  /** Number of an instance, and its newest presence. */
  newest(identity: Identity): { readonly id: number; readonly presence?: Presence } | undefined;
  /** Presences of an instance that touch a range of time, in their order. */
  touching(instanceId: number, fromMs: number, toMs: number): Presence[];
  /** The same, joined; undefined if there are none. */
  joined(instanceId: number, fromMs: number, toMs: number): JoinedRows | undefined;
};

type ResultRow = Readonly<Record<string, unknown>>;

export function createPresenceReader(database: DatabaseSync): PresenceReader {
  const instanceId = database.prepare(
    'SELECT id FROM ledger_instances WHERE name = ? AND version = ? AND instance = ?',
  );
  const newest = database.prepare(
    `SELECT id, from_ms, to_ms, reach_ms
     FROM ledger_instances LEFT JOIN presences ON presences.instance = id
     WHERE name = ? AND version = ? AND ledger_instances.instance = ?
     ORDER BY from_ms DESC LIMIT 1`,
  );
  const touching = database.prepare(
    `SELECT from_ms, to_ms, reach_ms FROM presences WHERE ${areTouching} ORDER BY from_ms`,
  );
  const joined = database.prepare(
    `SELECT count(*) AS rows, min(from_ms) AS from_ms, max(to_ms) AS to_ms,
       max(reach_ms) AS reach_ms FROM presences WHERE ${areTouching}`,
  );

  return {
    instanceId({ name, version, instance }) {
      const row = instanceId.get(name, version, instance);
      return row && Number(row['id']);
    },
    newest({ name, version, instance }) {
      const row = newest.get(name, version, instance);
      if (!row) return undefined;
      const id = Number(row['id']);
      return row['from_ms'] === null ? { id } : { id, presence: readPresence(row) };
    },
    touching: (id, fromMs, toMs) => touching.all(id, fromMs, toMs).map(readPresence),
    joined(id, fromMs, toMs) {
      const row = joined.get(id, fromMs, toMs);
      const rows = Number(row?.['rows'] ?? 0);
      return row && rows > 0 ? { rows, presence: readPresence(row) } : undefined;
    },
  };
}

// Presences do not touch each other: of the ones that begin earlier only the last can reach so far.
const areTouching = `instance = ?1 AND reach_ms >= ?2 AND from_ms <= ?3 AND from_ms >= coalesce(
  (SELECT max(from_ms) FROM presences WHERE instance = ?1 AND from_ms <= ?2), ?2)`;

const readPresence = (row: ResultRow): Presence => ({
  fromMs: Number(row['from_ms']),
  toMs: Number(row['to_ms']),
  reachMs: Number(row['reach_ms']),
});
