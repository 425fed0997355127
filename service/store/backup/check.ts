import { DatabaseSync } from 'node:sqlite';
import { storeFailure } from '../failure.ts';
import { schemaVersion } from '../schema.ts';

export type DataFileState =
  | { readonly kind: 'sound'; readonly schemaVersion: number }
  | { readonly kind: 'unusable'; readonly detail: string };

/** Reads the whole file: whether it is one of ours, undamaged, and not from a newer release. */
export function checkDataFile(file: string): DataFileState {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return verdictOn(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'unusable', detail: storeFailure(error).detail };
  }
}

function verdictOn(database: DatabaseSync): DataFileState {
  const verdict = String(database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']);
  if (verdict !== 'ok') return { kind: 'unusable', detail: `it is damaged (${verdict})` };
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
