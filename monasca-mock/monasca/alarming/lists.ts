import type { Context } from 'koa';
import type { z } from 'zod';
import { baseUri, nextLink, selfLink } from '../links.ts';
import { unprocessable } from '../problems.ts';
import { integerOffsetOf, limitOf, parameter, queryOf } from '../query-parameters.ts';

/** The address of a collection, from a request to it or to the member `id`. */
export function collectionUri(context: Context, id?: string): string {
  const uri = baseUri(context);
  return id === undefined ? uri : uri.slice(0, uri.lastIndexOf(`/${id}`));
}

export function withLinks<T extends { id: string }>(document: T, uri: string) {
  return { ...document, links: [{ rel: 'self', href: `${uri}/${document.id}` }] };
}

/** A page of a list whose offset is the number of elements before it. */
export function listPage<T>(
  context: Context,
  all: readonly T[],
  show: (element: T, uri: string) => unknown,
) {
  const query = queryOf(context);
  const offset = integerOffsetOf(query);
  const limit = limitOf(query);
  const uri = collectionUri(context);
  const links = [selfLink(context)];
  if (all.length > offset + limit) links.push(nextLink(context, String(offset + limit)));
  const elements = all.slice(offset, offset + limit).map((element) => show(element, uri));
  return { links, elements };
}

/**
 * Sorts by `sort_by`, a list of fields each with `asc` or `desc`. Documents have no times of
 * creation and change, so that these fields leave the order of creation.
 */
export function sortedBy<T extends object>(
  query: URLSearchParams,
  elements: readonly T[],
  allowed: readonly string[],
): T[] {
  const fields = (parameter(query, 'sort_by') ?? '').split(',').filter((text) => text !== '');
  const orders = fields.map((text) => {
    const [field = '', direction = 'asc', ...more] = text.trim().split(/\s+/);
    if (more.length > 0) throw unprocessable(`Invalid sort_by ${text}`);
    if (!allowed.includes(field)) {
      throw unprocessable(`sort_by field ${field} must be one of [${allowed.join(',')}]`);
    }
    if (direction !== 'asc' && direction !== 'desc') {
      throw unprocessable(`sort_by value ${direction} must be 'asc' or 'desc'`);
    }
    return { field, sign: direction === 'asc' ? 1 : -1 };
  });
  return elements.toSorted((a, b) => {
    for (const { field, sign } of orders) {
      const [left, right] = [textOf(a, field), textOf(b, field)];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}

const textOf = (element: object, field: string) => String(Reflect.get(element, field) ?? '');

/** The first fault of a body, in the format of the service's schema library. */
export function faultText(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map((key) =>
    typeof key === 'number' ? `[${key}]` : `['${String(key)}']`,
  );
  const isMissing = issue?.code === 'invalid_type' && issue.input === undefined;
  const message = isMissing ? 'required key not provided' : (issue?.message ?? 'invalid');
  return path.length === 0 ? message : `${message} @ data${path.join('')}`;
}
