import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';

/** Records of one kind by id, in the order in which they were first put. */
export type Collection<T extends { id: string }> = {
  get(id: string): T | undefined;
  all(): T[];
  size(): number;
  find(wanted: (record: T) => boolean): T | undefined;
  put(record: T): T;
  /** False if there was none. */
  remove(id: string): boolean;
  removeWhere(matches: (record: T) => boolean): void;
};

/**
 * A collection is read from memory and written through to SQLite, so that looking up a token costs
 * a Map lookup and a restart on the same file finds everything again.
 */
export function openCollection<S extends z.ZodType<{ id: string }>>(
  database: DatabaseSync,
  kind: string,
  schema: S,
  onChange: () => void,
): Collection<z.infer<S>> {
  database.exec(
    `CREATE TABLE IF NOT EXISTS keystone_records (
       kind TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, id))`,
  );
  const insert = database.prepare(
    `INSERT INTO keystone_records (kind, id, record) VALUES (?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record`,
  );
  const erase = database.prepare('DELETE FROM keystone_records WHERE kind = ? AND id = ?');
  const records = new Map<string, z.infer<S>>();
  const stored = database.prepare(
    'SELECT record FROM keystone_records WHERE kind = ? ORDER BY rowid',
  );
  for (const row of stored.all(kind)) {
    const record = schema.parse(JSON.parse(String(row['record'])));
    records.set(record.id, record);
  }

  const remove = (id: string) => {
    if (!records.delete(id)) return false;
    erase.run(kind, id);
    onChange();
    return true;
  };

  return {
    get: (id) => records.get(id),
    all: () => [...records.values()],
    size: () => records.size,
    find: (wanted) => records.values().find(wanted),
    put(record) {
      insert.run(kind, record.id, JSON.stringify(record));
      records.set(record.id, record);
      onChange();
      return record;
    },
    remove,
    removeWhere(matches) {
      for (const record of [...records.values()].filter(matches)) remove(record.id);
    },
  };
}
