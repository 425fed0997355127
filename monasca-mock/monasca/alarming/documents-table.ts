import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { z } from 'zod';

/** A named document of a project, as in the API without its links. */
export type Document = { id: string; name: string };

/** Alarm definitions or notification methods of all projects. */
export class DocumentsTable<T extends Document> {
  readonly #schema: z.ZodType<T>;
  readonly #insert: StatementSync;
  readonly #byId: StatementSync;
  readonly #byName: StatementSync;
  readonly #all: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(
    database: DatabaseSync,
    table: 'alarm_definitions' | 'notification_methods',
    schema: z.ZodType<T>,
  ) {
    this.#schema = schema;
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${table} (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        tenant TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (tenant, name)
      ) STRICT`);
    const select = `SELECT document FROM ${table} WHERE tenant = ?`;
    this.#insert = database.prepare(
      `INSERT INTO ${table} (id, tenant, name, document) VALUES (?, ?, ?, ?)`,
    );
    this.#byId = database.prepare(`${select} AND id = ?`);
    this.#byName = database.prepare(`${select} AND name = ?`);
    this.#all = database.prepare(`${select} ORDER BY number`);
    this.#update = database.prepare(
      `UPDATE ${table} SET name = ?, document = ? WHERE tenant = ? AND id = ?`,
    );
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE tenant = ? AND id = ?`);
  }

  create(tenant: string, document: Omit<T, 'id'>): T {
    const stored = this.#schema.parse({ ...document, id: randomUUID() });
    this.#insert.run(stored.id, tenant, stored.name, JSON.stringify(stored));
    return stored;
  }

  get(tenant: string, id: string): T | undefined {
    return this.#parse(this.#byId.get(tenant, id));
  }

  named(tenant: string, name: string): T | undefined {
    return this.#parse(this.#byName.get(tenant, name));
  }

  /** The documents of a project in the order of their creation. */
  list(tenant: string): T[] {
    return this.#all.all(tenant).flatMap((row) => this.#parse(row) ?? []);
  }

  replace(tenant: string, document: T): void {
    this.#update.run(document.name, JSON.stringify(document), tenant, document.id);
  }

  /** Returns false if the document does not exist. */
  remove(tenant: string, id: string): boolean {
    return Number(this.#delete.run(tenant, id).changes) > 0;
  }

  #parse(row: Record<string, unknown> | undefined): T | undefined {
    return row && this.#schema.parse(JSON.parse(String(row['document'])));
  }
}
