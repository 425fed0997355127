import type { Caller } from './access/caller.ts';
import type { Operation, Scope } from './api/operation.ts';
import type { Problem, RawResponse } from './problem.ts';

/**
 * A route that accepts heartbeats. Raw routes are found by their path before Koa sees the request:
 * a heartbeat needs its body read, its bytes stored and a short response, nothing else.
 */
export type RawRoute = {
  readonly path: string;
  /** `only-POST`: other methods of the path belong to a route. */
  readonly methods: 'POST' | 'only-POST' | 'any';
  readonly scope: Scope;
  /** Whether a token may follow the path, for senders that cannot set a header. */
  readonly takesTokenInPath?: true;
  /** Description in the OpenAPI document. */
  readonly operation: Operation;
  /** Called with the whole, decompressed body, and its sender. */
  handle(body: Buffer, caller: Caller): Promise<RawResponse>;
  /** Response to a problem that arose before `handle` could be called. */
  refuse(problem: Problem): RawResponse;
};

/** Part of a request by which a mount finds what to do. */
type MountRequest = {
  readonly method?: string | undefined;
  /** The path with the query, as it was sent. */
  readonly url?: string | undefined;
};

/**
 * The protocol of another system, which responds by its own rules to all requests below a prefix:
 * also for unknown paths and methods.
 */
export type Mount = {
  /** Beginning of its paths; `/` for all of them. */
  readonly prefix: string;
  /** Whether a token may follow a path, for senders that cannot set a header. */
  readonly takesTokenInPath?: true;
  scopeOf(request: MountRequest): Scope;
  /** `addressOf` returns the address of the sender, for records. */
  handle(
    body: Buffer,
    caller: Caller,
    request: MountRequest,
    addressOf: () => string,
  ): Promise<RawResponse>;
  refuse(problem: Problem, request: MountRequest): RawResponse;
};
