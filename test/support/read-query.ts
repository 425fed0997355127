import type { FieldError } from '../../service/contract/problem.ts';
import {
  type QueryString,
  type QueryValues,
  readQueryString,
} from '../../service/http/parameters/parameters.ts';
import { ProblemError } from '../../service/http/route.ts';

/** The query that `read` makes of a query string, or every parameter at fault. */
export function readQuery<T>(
  values: QueryValues,
  read: (query: QueryString) => T,
  nowMs?: number,
): { readonly query: T } | { readonly errors: readonly FieldError[] | undefined } {
  try {
    return { query: readQueryString(values, read, nowMs) };
  } catch (error) {
    if (error instanceof ProblemError) return { errors: error.problem.errors };
    throw error;
  }
}
