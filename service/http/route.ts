import type { Context } from 'koa';
import type { Operation, Scope } from '../contract/api/operation.ts';
import { type FieldError, type Problem, problemAnswer } from '../contract/problem.ts';

/** One row of the table of routes, from which the router and the OpenAPI document are made. */
export type Route = Operation & {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly scope: Scope;
  /** It changes something and records itself who did that; all others are recorded alike. */
  readonly writesOwnEvent?: true;
  handle(context: Context, asker: Asker): Promise<void> | void;
};

/** Who asks, for those who write down what was done. */
export type Asker = {
  /** The name of the token or certificate, and the address; the address alone where all may ask. */
  readonly by: string;
  /** Whether that still holds; a token may be withdrawn while an answer goes on. */
  isAllowed(): boolean;
};

/** Answers with a problem instead of what was asked for. */
export function sendProblem(context: Context, problem: Problem): void {
  const { status, headers, body } = problemAnswer(problem);
  context.status = status;
  context.body = body;
  context.set({ ...headers });
}

/** Ends a request with a problem, which the server sends as the response. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Names every parameter at fault, and what was expected. */
export function invalidParameters(errors: readonly FieldError[]): Problem {
  const detail = errors.map(
    ({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`,
  );
  return { code: 'invalid-parameter', detail: detail.join(' '), errors };
}

export function sendInvalid(context: Context, errors: readonly FieldError[]): void {
  sendProblem(context, invalidParameters(errors));
}
