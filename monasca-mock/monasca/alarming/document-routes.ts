import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { type RoleCheck, readers, writers } from '../access.ts';
import { alreadyExists, notFound } from '../problems.ts';
import { queryOf } from '../query-parameters.ts';
import { readJson, requireJsonContentType } from '../request-body.ts';
import { addRoute, type Methods, type RequestHandler, type RequestState } from '../route.ts';
import type { Document, DocumentsTable } from './documents-table.ts';
import { collectionUri, listPage, sortedBy } from './lists.ts';

/** What is particular about alarm definitions or notification methods. */
export type DocumentKind<T extends Document> = {
  path: string;
  /** Fields that `sort_by` accepts. */
  sortable: readonly string[];
  /** True if a body needs the content type `application/json`. */
  needsContentType: boolean;
  /** Further methods of the collection. */
  otherMethods?: Methods;
  /** The new document in a body; throws the problem of an invalid one. */
  create(body: unknown): Omit<T, 'id'>;
  /** The document after a PATCH (partial) or PUT; throws the problem of an invalid one. */
  change(before: T, body: unknown, isPartial: boolean): T;
  /** The condition that the query of a list sets. */
  filter?(query: URLSearchParams): (document: T) => boolean;
  /** The document with its links. */
  show(document: T, uri: string): unknown;
  /** Describes a conflict of names; with the id of the other document after a change. */
  nameConflict(name: string, otherId?: string): string;
};

/** Adds the routes list, create, show, change and delete. */
export function addDocumentRoutes<T extends Document>(
  router: Router<RequestState>,
  access: RoleCheck,
  table: DocumentsTable<T>,
  kind: DocumentKind<T>,
): void {
  const { path, needsContentType } = kind;

  const existing = (tenant: string, id: string) => {
    const document = table.get(tenant, id);
    if (!document) throw notFound();
    return document;
  };

  const writing = (
    handle: (context: Context, tenant: string, id: string, body: unknown) => unknown,
  ): RequestHandler => {
    const allowed = access.allow(writers, async (context, tenant, id) =>
      handle(context, tenant, id, await readJson(context.req)),
    );
    return (context, ...more) => {
      if (needsContentType) requireJsonContentType(context.req);
      return allowed(context, ...more);
    };
  };

  const changing = (isPartial: boolean) =>
    writing((context, tenant, id, body) => {
      const document = kind.change(existing(tenant, id), body, isPartial);
      const other = table.named(tenant, document.name);
      if (other && other.id !== id) throw alreadyExists(kind.nameConflict(document.name, other.id));
      table.replace(tenant, document);
      return kind.show(document, collectionUri(context, id));
    });

  addRoute(router, path, {
    ...kind.otherMethods,
    GET: access.allow(readers, (context, tenant) => {
      const query = queryOf(context);
      const matches = kind.filter?.(query) ?? (() => true);
      const found = sortedBy(query, table.list(tenant).filter(matches), kind.sortable);
      return listPage(context, found, kind.show);
    }),
    POST: writing((context, tenant, _id, body) => {
      const document = kind.create(body);
      if (table.named(tenant, document.name)) {
        throw alreadyExists(kind.nameConflict(document.name));
      }
      return kind.show(table.create(tenant, document), collectionUri(context));
    }),
  });
  addRoute(router, `${path}/:id`, {
    GET: access.allow(readers, (context, tenant, id) =>
      kind.show(existing(tenant, id), collectionUri(context, id)),
    ),
    PUT: changing(false),
    PATCH: changing(true),
    DELETE: access.allow(writers, (_context, tenant, id) => {
      if (!table.remove(tenant, id)) throw notFound();
    }),
  });
}
