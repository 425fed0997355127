import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';

export type Collection<T extends { id: string }> = ReturnType<typeof openCollection<T>>;

/**
 * Records of one kind by id, in the order of their creation. Reads come from memory, writes go
 * through to SQLite: a token costs one Map lookup, and the records survive a restart.
 */
export function openCollection<T extends { id: string }>(
  database: DatabaseSync,
  kind: string,
  schema: z.ZodType<T>,
  onChange: () => void,
) {
  database.exec(
    `CREATE TABLE IF NOT EXISTS keystone_records (
       kind TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, id))`,
  );
  const insert = database.prepare(
    `INSERT INTO keystone_records (kind, id, record) VALUES (?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record`,
  );
  const erase = database.prepare('DELETE FROM keystone_records WHERE kind = ? AND id = ?');
  const stored = database.prepare(
    'SELECT record FROM keystone_records WHERE kind = ? ORDER BY rowid',
  );
  const parsed = stored.all(kind).map(({ record }) => schema.parse(JSON.parse(String(record))));
  const records = new Map(parsed.map((record) => [record.id, record]));

  const all = () => [...records.values()];
  const filter = (matches: (record: T) => boolean) => all().filter(matches);
  const put = (record: T): T => {
    insert.run(kind, record.id, JSON.stringify(record));
    records.set(record.id, record);
    onChange();
    return record;
  };
  /** Returns false if the record does not exist. */
  const remove = (id: string): boolean => {
    if (!records.delete(id)) return false;
    erase.run(kind, id);
    onChange();
    return true;
  };

  return {
    size: () => records.size,
    get: (id: string) => records.get(id),
    find: (matches: (record: T) => boolean) => records.values().find(matches),
    all,
    filter,
    put,
    /** Stores the members of a record; throws if one is missing, leaves others out. */
    putMembers: (members: Readonly<Record<string, unknown>>) => put(schema.parse(members)),
    remove,
    removeWhere: (matches: (record: T) => boolean) => {
      for (const { id } of filter(matches)) remove(id);
    },
  };
}
