import { z } from 'zod';
import type { Request } from './connection.ts';
import type { Remote } from './remote.ts';

const mostOnPage = 1_000;

/** The newest, the first … so many rows of a list, or all of them in one answer. */
export function listOf<T>(
  remote: Remote,
  request: Request,
  member: string,
  schema: z.ZodType<T>,
  limit: number | undefined,
): AsyncGenerator<T> {
  return limit === undefined
    ? remote.rows(request, schema)
    : pages(remote, request, member, schema, { limit });
}

/** The rows of a list, page after page, as they are asked for; at most `limit` of them. */
export async function* pages<T>(
  remote: Remote,
  request: Request,
  member: string,
  schema: z.ZodType<T>,
  { limit = Number.POSITIVE_INFINITY, cursor = 'cursor' } = {},
): AsyncGenerator<T> {
  const page = z
    .looseObject({ next: z.union([z.string(), z.number()]).optional() })
    .transform((found, context) => {
      const { data, error } = z.array(schema).safeParse(found[member]);
      if (data !== undefined) return { next: found.next, rows: data };
      context.addIssue(error.message);
      return z.NEVER;
    });
  let left = limit;
  for (let next: string | number | undefined; left > 0; ) {
    const query = { ...request.query, limit: Math.min(left, mostOnPage), [cursor]: next };
    const answer = await remote.ask({ ...request, query }, page);
    yield* answer.rows.slice(0, left);
    left -= answer.rows.length;
    next = answer.next;
    if (next === undefined) return;
  }
}
