import type { Context } from 'koa';
import type { Operation, Scope } from '../contract/api/operation.ts';
import { type FieldError, type Problem, problemResponse } from '../contract/problem.ts';

/** One row of the table of routes, of which the router and the OpenAPI document are made. */
export type Route = Operation & {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly scope: Scope;
  /** The route writes the event that records its change; without, `audited` does. */
  readonly writesOwnEvent?: true;
  handle(context: Context, caller: RouteCaller): Promise<void> | void;
};

/** Sender of a request, as far as routes have to know it. */
export type RouteCaller = {
  /** Name of the token or certificate, and address; the address alone where access is open. */
  readonly by: string;
  /** Returns whether access is still permitted: a token may be withdrawn during a long response. */
  isAllowed(): boolean;
};

/** Responds with a problem. */
export function sendProblem(context: Context, problem: Problem): void {
  const { status, headers, body } = problemResponse(problem);
  context.status = status;
  context.body = body;
  context.set({ ...headers });
}

/** Responds with what was expected of each invalid parameter. */
export function sendInvalid(context: Context, errors: readonly FieldError[]): void {
  const detail = errors.map(
    ({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`,
  );
  sendProblem(context, { code: 'invalid-parameter', detail: detail.join(' '), errors });
}
