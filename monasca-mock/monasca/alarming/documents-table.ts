import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** A named thing of a project, kept as the JSON that the API shows without its links. */
export type Stored<T> = T & { id: string; name: string };

export type DocumentsTable<T> = {
  create(tenant: string, document: T & { name: string }): Stored<T>;
  get(tenant: string, id: string): Stored<T> | undefined;
  named(tenant: string, name: string): Stored<T> | undefined;
  /** All of the project, in the order of their making. */
  list(tenant: string): Stored<T>[];
  replace(tenant: string, document: Stored<T>): void;
  remove(tenant: string, id: string): boolean;
};

/** `parse` gives a stored JSON its type back. */
export function createDocumentsTable<T extends object>(
  database: DatabaseSync,
  table: 'alarm_definitions' | 'notification_methods',
  parse: (document: unknown) => Stored<T>,
): DocumentsTable<T> {
  database.exec(`
    CREATE TABLE IF NOT EXISTS ${table} (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      name TEXT NOT NULL,
      document TEXT NOT NULL,
      UNIQUE (tenant, name)
    ) STRICT`);
  const insert = database.prepare(
    `INSERT INTO ${table} (id, tenant, name, document) VALUES (?, ?, ?, ?)`,
  );
  const byId = database.prepare(`SELECT document FROM ${table} WHERE tenant = ? AND id = ?`);
  const byName = database.prepare(`SELECT document FROM ${table} WHERE tenant = ? AND name = ?`);
  const all = database.prepare(`SELECT document FROM ${table} WHERE tenant = ? ORDER BY number`);
  const update = database.prepare(
    `UPDATE ${table} SET name = ?, document = ? WHERE tenant = ? AND id = ?`,
  );
  const remove = database.prepare(`DELETE FROM ${table} WHERE tenant = ? AND id = ?`);
  const parsed = (row: Record<string, unknown> | undefined) =>
    row && parse(JSON.parse(String(row['document'])));

  return {
    create(tenant, document) {
      const stored = { ...document, id: randomUUID() };
      insert.run(stored.id, tenant, stored.name, JSON.stringify(stored));
      return stored;
    },
    get: (tenant, id) => parsed(byId.get(tenant, id)),
    named: (tenant, name) => parsed(byName.get(tenant, name)),
    list: (tenant) => all.all(tenant).flatMap((row) => parsed(row) ?? []),
    replace: (tenant, document) => {
      update.run(document.name, JSON.stringify(document), tenant, document.id);
    },
    remove: (tenant, id) => Number(remove.run(tenant, id).changes) > 0,
  };
}
