import type { DatabaseSync } from 'node:sqlite';
import { storeFailure } from '../failure.ts';
import { openConnection } from '../file/connection.ts';
import { schemaVersion } from '../schema.ts';

type DataFileState =
  | { readonly kind: 'sound'; readonly schemaVersion: number }
  | { readonly kind: 'unusable'; readonly detail: string };

/** Reads the whole file and checks that it is a data file, undamaged, and of no newer release. */
export function checkDataFile(file: string): DataFileState {
  try {
    const database = openConnection(file, { readOnly: true, timeoutMs: 0 });
    try {
      return stateOf(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'unusable', detail: storeFailure(error).detail };
  }
}

function stateOf(database: DatabaseSync): DataFileState {
  const integrity = String(
    database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'],
  );
  if (integrity !== 'ok') return { kind: 'unusable', detail: `it is damaged (${integrity})` };
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = `SELECT count(*) AS n FROM sqlite_master WHERE name IN ('outbox_heartbeats', 'cursors')`;
  if (version === 0 || database.prepare(tables).get()?.['n'] !== 2) {
    return { kind: 'unusable', detail: 'it is not a data file of GE Heartbeat' };
  }
  if (version > schemaVersion) {
    const detail = `it was written by a newer release (schema ${version}, this one knows ${schemaVersion})`;
    return { kind: 'unusable', detail };
  }
  return { kind: 'sound', schemaVersion: version };
}
