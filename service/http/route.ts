import type { Context } from 'koa';
import { type FieldError, type Problem, problemAnswer } from '../contract/problem.ts';

/** What a caller has to be allowed to do; `none`: whoever reaches the service may ask. */
export const scopes = ['none', 'ingest', 'read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** One row of the table of routes. */
export type Route = {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly scope: Scope;
  handle(context: Context): Promise<void> | void;
};

/** Answers with a problem instead of what was asked for. */
export function sendProblem(context: Context, problem: Problem): void {
  const { status, headers, body } = problemAnswer(problem);
  context.status = status;
  context.body = body;
  context.set({ ...headers });
}

/** Says of every parameter at fault what was expected. */
export function sendInvalid(context: Context, errors: readonly FieldError[]): void {
  const detail = errors.map(
    ({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`,
  );
  sendProblem(context, { code: 'invalid-parameter', detail: detail.join(' '), errors });
}
