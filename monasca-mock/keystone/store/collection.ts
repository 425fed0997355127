import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { z } from 'zod';

/**
 * Records of one kind by id, in the order of their creation. Reads come from memory, writes go
 * through to SQLite: a token costs one Map lookup, and the records survive a restart.
 */
export class Collection<T extends { id: string }> {
  readonly #records = new Map<string, T>();
  readonly #kind: string;
  readonly #schema: z.ZodType<T>;
  readonly #onChange: () => void;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, kind: string, schema: z.ZodType<T>, onChange: () => void) {
    this.#kind = kind;
    this.#schema = schema;
    this.#onChange = onChange;
    database.exec(
      `CREATE TABLE IF NOT EXISTS keystone_records (
         kind TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, id))`,
    );
    this.#insert = database.prepare(
      `INSERT INTO keystone_records (kind, id, record) VALUES (?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record`,
    );
    this.#delete = database.prepare('DELETE FROM keystone_records WHERE kind = ? AND id = ?');
    const stored = database.prepare(
      'SELECT record FROM keystone_records WHERE kind = ? ORDER BY rowid',
    );
    for (const row of stored.all(kind)) {
      const record = schema.parse(JSON.parse(String(row['record'])));
      this.#records.set(record.id, record);
    }
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  find(matches: (record: T) => boolean): T | undefined {
    return this.#records.values().find(matches);
  }

  filter(matches: (record: T) => boolean): T[] {
    return [...this.#records.values().filter(matches)];
  }

  all(): T[] {
    return [...this.#records.values()];
  }

  put(record: T): T {
    this.#insert.run(this.#kind, record.id, JSON.stringify(record));
    this.#records.set(record.id, record);
    this.#onChange();
    return record;
  }

  /** Stores the members of a record; throws if one is missing, leaves others out. */
  putMembers(members: Readonly<Record<string, unknown>>): T {
    return this.put(this.#schema.parse(members));
  }

  /** Returns false if the record does not exist. */
  remove(id: string): boolean {
    if (!this.#records.delete(id)) return false;
    this.#delete.run(this.#kind, id);
    this.#onChange();
    return true;
  }

  removeWhere(matches: (record: T) => boolean): void {
    for (const { id } of this.filter(matches)) this.remove(id);
  }
}
