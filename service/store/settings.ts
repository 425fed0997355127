import type { DatabaseSync } from 'node:sqlite';
import type { Statement } from './writer/messages.ts';

/** Small values by key that other rooms keep between runs. */
export function loadSettings(reading: DatabaseSync): ReadonlyMap<string, string> {
  const rows = reading.prepare('SELECT key, value FROM settings').all();
  return new Map(rows.map((row) => [String(row['key']), String(row['value'])]));
}

/** Statements that write settings; undefined deletes one. */
export function settingStatements(settings: ReadonlyMap<string, string | undefined>): Statement[] {
  return [...settings].map(([key, value]) =>
    value === undefined ? [deletion, key] : [upsert, key, value],
  );
}

const deletion = 'DELETE FROM settings WHERE key = ?';
const upsert = `INSERT INTO settings (key, value) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET value = excluded.value`;
