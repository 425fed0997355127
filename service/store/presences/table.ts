import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import type { GroupCommit } from '../group-commit.ts';
import type { Statement } from '../writer/messages.ts';
import { createPresenceReader, type PresenceReader } from './reader.ts';
import { sizeClass, sizeClasses } from './size.ts';

/**
 * Presences on disk. Instances have numbers of their own here, and are kept as long as any presence
 * of theirs, whether the registry knows them or not.
 *
 * Invariant, kept by the ledger as the only writer: the presences of an instance do not touch each
 * other.
 */
export type PresenceTable = PresenceReader & {
  /** Path of the database, for readers on other threads. */
  readonly file: string;
  /** Returns a number that no instance has; `instanceStatement` assigns it. */
  newInstance(): number;
  /** Resolves when the statements are on disk. Throws `StoreUnavailable`: then none has an effect. */
  write(statements: readonly Statement[]): Promise<void>;
  /** Up to `limit` presences behind `after` that may have ended before `beforeMs`. */
  old(beforeMs: number, after: OldMark | undefined, limit: number): OldPresences;
};

/** Position of a search for old presences. */
export type OldMark = {
  readonly size: number;
  readonly fromMs: number;
  readonly instanceId: number;
};

type OldPresences = {
  readonly ended: readonly { readonly instanceId: number; readonly fromMs: number }[];
  /** Undefined after the last presence. */
  readonly mark: OldMark | undefined;
};

export function createPresenceTable(options: {
  file: string;
  reading: DatabaseSync;
  commits: GroupCommit;
}): PresenceTable {
  const { file, reading, commits } = options;
  const last = reading.prepare('SELECT max(id) AS id FROM ledger_instances').get();
  let lastId = Number(last?.['id'] ?? 0);
  const page = reading.prepare(
    `SELECT instance, from_ms, reach_ms FROM presences
     WHERE size = ?1 AND (from_ms, instance) > (?2, ?3) AND from_ms < ?4
     ORDER BY from_ms, instance LIMIT ?5`,
  );

  return {
    ...createPresenceReader(reading),
    file,
    newInstance: () => ++lastId,
    write: (statements) => commits.write(statements),
    old(beforeMs, after = { size: 0, fromMs: -Infinity, instanceId: 0 }, limit) {
      const { size, fromMs, instanceId } = after;
      const { leastMs } = sizeClasses[size] ?? { leastMs: 0 };
      const rows = page.all(size, fromMs, instanceId, beforeMs - leastMs, limit);
      const ended = rows
        .filter((row) => Number(row['reach_ms']) < beforeMs)
        .map((row) => ({ instanceId: Number(row['instance']), fromMs: Number(row['from_ms']) }));
      return { ended, mark: nextMark(size, rows.length < limit ? undefined : rows.at(-1)) };
    },
  };
}

function nextMark(
  size: number,
  row: Readonly<Record<string, unknown>> | undefined,
): OldMark | undefined {
  if (row) return { size, fromMs: Number(row['from_ms']), instanceId: Number(row['instance']) };
  if (size + 1 >= sizeClasses.length) return undefined;
  return { size: size + 1, fromMs: -Infinity, instanceId: 0 };
}

export const instanceStatement = (id: number, { name, version, instance }: Identity): Statement => [
  'INSERT INTO ledger_instances (id, name, version, instance) VALUES (?, ?, ?, ?)',
  id,
  name,
  version,
  instance,
];

/** Writes a presence that is new, or whose size class changed. */
export const presenceStatement = (
  instanceId: number,
  { fromMs, toMs, reachMs }: Presence,
): Statement => [
  `INSERT INTO presences (instance, from_ms, to_ms, reach_ms, size) VALUES (?, ?, ?, ?, ?)
   ON CONFLICT DO UPDATE SET
     to_ms = excluded.to_ms, reach_ms = excluded.reach_ms, size = excluded.size`,
  instanceId,
  fromMs,
  toMs,
  reachMs,
  sizeClass(fromMs, reachMs),
];

/**
 * Writes a presence that exists and stays in its size class: a third of the work, because the index
 * does not change.
 */
export const extensionStatement = (
  instanceId: number,
  { fromMs, toMs, reachMs }: Presence,
): Statement => [
  'UPDATE presences SET to_ms = ?, reach_ms = ? WHERE instance = ? AND from_ms = ?',
  toMs,
  reachMs,
  instanceId,
  fromMs,
];

/** Removes all presences that begin within a presence. */
export const removalStatement = (instanceId: number, { fromMs, reachMs }: Presence): Statement => [
  'DELETE FROM presences WHERE instance = ? AND from_ms BETWEEN ? AND ?',
  instanceId,
  fromMs,
  reachMs,
];

/** Removes a presence and, with its last one, the instance. */
export const expiryStatements = (instanceId: number, fromMs: number): Statement[] => [
  ['DELETE FROM presences WHERE instance = ? AND from_ms = ?', instanceId, fromMs],
  [
    `DELETE FROM ledger_instances
     WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM presences WHERE instance = ?1)`,
    instanceId,
  ],
];
