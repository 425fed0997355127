import type { Context } from 'koa';
import type { Operation, Scope } from '../contract/api/operation.ts';
import type { FieldError, Problem } from '../contract/problem.ts';

/** One row of the table of routes, of which the router and the OpenAPI document are made. */
export type Route = Operation & {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly scope: Scope;
  /** Answered always: a probe that is refused restarts the service. */
  readonly isProbe?: true;
  /** Its requests take turns by caller: for queries that take long, and for reads of periods. */
  readonly turn?: QueryTurn;
  /** The route writes the event that records its change; without, `audited` does. */
  readonly writesOwnEvent?: true;
  handle(context: Context, caller: RouteCaller): Promise<void> | void;
};

/** A queue of queries: lists, which are cut into slices, or periods, which have a thread. */
export type QueryTurn = 'list' | 'period';

/** Sender of a request, as far as routes have to know it. */
type RouteCaller = {
  /** Name of the token or certificate, and address; the address alone where access is open. */
  readonly by: string;
  /** Returns whether access is still permitted: a token may be withdrawn during a long response. */
  isAllowed(): boolean;
};

/** Ends a request with a problem as its response. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Names every invalid parameter, and what was expected of it. */
export function invalidParameters(errors: readonly FieldError[]): Problem {
  const detail = errors.map(
    ({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`,
  );
  return { code: 'invalid-parameter', detail: detail.join(' '), errors };
}
