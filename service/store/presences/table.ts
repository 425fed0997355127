import { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import type { GroupCommit } from '../group-commit.ts';
import type { Statement } from '../writer/messages.ts';
import { createPresenceReader, type PresenceReader } from './reader.ts';
import { sizeClass, sizeClasses } from './size.ts';

/**
 * The presences on disk. Instances have numbers of their own here, and are kept as long as any
 * presence of theirs, whether anyone else still knows them or not.
 *
 * What holds, as long as the one writer (the ledger) keeps to it: the presences of an instance do
 * not touch each other.
 */
export type PresenceTable = PresenceReader & {
  /** For those who read it on threads of their own. */
  readonly file: string;
  /** A number that no instance has; `instanceStatement` makes it one's own. */
  newInstance(): number;
  /** Resolves when on disk. Throws `StoreUnavailable`: then nothing of it happened. */
  write(statements: readonly Statement[]): Promise<void>;
  /** The file as it is now, however long it is read and whatever is written meanwhile. */
  snapshot(): PresenceSnapshot;
  /** Up to `limit` presences behind `after` that may have ended before `beforeMs`. */
  old(beforeMs: number, after: OldMark | undefined, limit: number): OldPresences;
};

/** Must be closed: while it is open the file's log cannot be folded back, and grows. */
export type PresenceSnapshot = PresenceReader & { close(): void };

/** Where a search for old presences stands. */
export type OldMark = {
  readonly size: number;
  readonly fromMs: number;
  readonly instanceId: number;
};

export type OldPresences = {
  readonly ended: readonly { readonly instanceId: number; readonly fromMs: number }[];
  /** Undefined when the search is over. */
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
    snapshot() {
      const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
      database.exec('BEGIN');
      // The snapshot is taken by the first read.
      database.prepare('SELECT 1 FROM presences LIMIT 1').get();
      return { ...createPresenceReader(database), close: () => database.close() };
    },
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

/** A presence that is new, or whose size class changed. */
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
 * A presence that is there and stays in its size class: a third of the work, because the index
 * need not be touched.
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

/** Removes all that begin within a presence. */
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
