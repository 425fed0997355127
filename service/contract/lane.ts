import type { Caller } from './access/caller.ts';
import type { Operation, Scope } from './api/operation.ts';
import type { Answer, Problem } from './problem.ts';

/**
 * A route that takes heartbeats. Lanes are looked up by path before the framework sees the
 * request: a heartbeat needs its body read, its bytes stored and a short answer, nothing else.
 */
export type Lane = {
  readonly path: string;
  readonly methods: 'POST' | 'any';
  readonly scope: Scope;
  /** Whether a token may follow the path, for senders that cannot set a header. */
  readonly takesTokenInPath?: true;
  /** What the OpenAPI document says of it. */
  readonly operation: Operation;
  /** Called with the whole, decompressed body, and who sent it. */
  handle(body: Buffer, caller: Caller): Promise<Answer>;
  /** How this protocol words a problem that arose before `handle` could be called. */
  refuse(problem: Problem): Answer;
};
