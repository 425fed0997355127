import type { Caller } from './access/caller.ts';
import type { Operation, Scope } from './api/operation.ts';
import type { HttpResponse, Problem } from './problem.ts';

/**
 * A route that takes heartbeats. Lanes are looked up by path before the framework sees the
 * request: a heartbeat needs its body read, its bytes stored and a short answer, nothing else.
 */
export type RawRoute = {
  readonly path: string;
  readonly methods: 'POST' | 'any';
  readonly scope: Scope;
  /** Whether a token may follow the path, for senders that cannot set a header. */
  readonly takesTokenInPath?: true;
  /** What the OpenAPI document says of it. */
  readonly operation: Operation;
  /** Called with the whole, decompressed body, and who sent it. */
  handle(body: Buffer, caller: Caller): Promise<HttpResponse>;
  /** How this protocol words a problem that arose before `handle` could be called. */
  refuse(problem: Problem): HttpResponse;
};

/** What a mount looks at of a request: `node:http`'s own has it all. */
export type MountRequest = {
  readonly method?: string | undefined;
  /** The path with the query, as it was sent. */
  readonly url?: string | undefined;
};

/**
 * The protocol of another system, which answers by its own rules to all that is asked below a
 * prefix: also to paths that it does not have, and to methods that it does not know.
 */
export type Mount = {
  /** The beginning of its paths; `/` for all of them. */
  readonly prefix: string;
  scopeOf(request: MountRequest): Scope;
  /** `addressOf` tells where the request comes from, for the records. */
  handle(
    body: Buffer,
    caller: Caller,
    request: MountRequest,
    addressOf: () => string,
  ): Promise<HttpResponse>;
  refuse(problem: Problem, request: MountRequest): HttpResponse;
};
