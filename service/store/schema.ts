import type { DatabaseSync } from 'node:sqlite';

/**
 * The steps that make the data file what the code expects, in order; `PRAGMA user_version` counts
 * the steps that a file has had. A released step is never changed: a new one is added.
 *
 * An outbox row holds the records of one commit (at most `rowRecords` of them) as a JSON array: one
 * row for each commit costs SQLite a third of one row for each record. `seq` is the number of its
 * first record. Events are rare and are searched: one row each. Their `id` sorts by time.
 */
const migrations: readonly string[] = [
  `CREATE TABLE outbox_heartbeats (
     seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, at_ms INTEGER NOT NULL, records TEXT NOT NULL
   ) STRICT;
   CREATE TABLE cursors (
     stream TEXT NOT NULL, reader TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (stream, reader)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY, stream TEXT NOT NULL, reader TEXT NOT NULL, seq INTEGER NOT NULL,
     at_ms INTEGER NOT NULL, reason TEXT NOT NULL, record TEXT NOT NULL, UNIQUE (stream, reader, seq)
   ) STRICT;
   CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
     name TEXT, instance TEXT, body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_by_kind ON events (kind, id);
   CREATE INDEX events_by_name ON events (name, id) WHERE name IS NOT NULL;
   CREATE INDEX events_by_instance ON events (instance, id) WHERE instance IS NOT NULL;`,
  `CREATE TABLE ledger_instances (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, instance TEXT NOT NULL,
     UNIQUE (name, version, instance)
   ) STRICT;
   CREATE TABLE presences (
     instance INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
     reach_ms INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (instance, from_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX presences_by_size ON presences (size, from_ms);`,
  // Times and intervals are REAL because they may have fractions; whole numbers take no more room.
  `CREATE TABLE instances (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, instance TEXT NOT NULL,
     state TEXT NOT NULL, state_since_ms REAL NOT NULL, first_seen_ms REAL NOT NULL,
     received_at_ms REAL NOT NULL, last_heard_ms REAL NOT NULL, interval_seconds REAL NOT NULL,
     last_seq INTEGER NOT NULL, flags INTEGER NOT NULL
   ) STRICT;`,
  `ALTER TABLE instances ADD COLUMN clock_offset_ms REAL NOT NULL DEFAULT 0;`,
  `ALTER TABLE instances ADD COLUMN sender_time TEXT;`,
];

export const schemaVersion = migrations.length;

/** Thrown for a file that a newer release of the service has written. */
export class NewerSchema extends Error {}

/** Executes the steps that the file has not had, all in one transaction. */
export function migrate(database: DatabaseSync, steps: readonly string[] = migrations): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > steps.length) {
    throw new NewerSchema(`its schema has version ${version}, this release knows ${steps.length}`);
  }
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  for (const step of steps.slice(version)) database.exec(step);
  database.exec(`PRAGMA user_version = ${steps.length}`);
  database.exec('COMMIT');
}
