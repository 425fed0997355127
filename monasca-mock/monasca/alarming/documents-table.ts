import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';

/** A named document of a project, as in the API without its links. */
export type Document = { id: string; name: string };

export type DocumentsTable<T extends Document> = ReturnType<typeof createDocumentsTable<T>>;

/** Alarm definitions or notification methods of all projects. */
export function createDocumentsTable<T extends Document>(
  database: DatabaseSync,
  table: 'alarm_definitions' | 'notification_methods',
  schema: z.ZodType<T>,
) {
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
  const select = `SELECT document FROM ${table} WHERE tenant = ?`;
  const byId = database.prepare(`${select} AND id = ?`);
  const byName = database.prepare(`${select} AND name = ?`);
  const all = database.prepare(`${select} ORDER BY number`);
  const update = database.prepare(
    `UPDATE ${table} SET name = ?, document = ? WHERE tenant = ? AND id = ?`,
  );
  const remove = database.prepare(`DELETE FROM ${table} WHERE tenant = ? AND id = ?`);
  const parse = (row: Record<string, unknown>) => schema.parse(JSON.parse(String(row['document'])));

  return {
    create(tenant: string, document: Omit<T, 'id'>): T {
      const stored = schema.parse({ ...document, id: randomUUID() });
      insert.run(stored.id, tenant, stored.name, JSON.stringify(stored));
      return stored;
    },
    get: (tenant: string, id: string) => byId.all(tenant, id).map(parse)[0],
    named: (tenant: string, name: string) => byName.all(tenant, name).map(parse)[0],
    /** The documents of a project in the order of their creation. */
    list: (tenant: string) => all.all(tenant).map(parse),
    replace(tenant: string, document: T): void {
      update.run(document.name, JSON.stringify(document), tenant, document.id);
    },
    /** Returns false if the document does not exist. */
    remove: (tenant: string, id: string) => Number(remove.run(tenant, id).changes) > 0,
  };
}
