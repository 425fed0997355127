import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorizer } from '../../access/authorizer.ts';
import type { Caller } from '../../contract/access/caller.ts';
import type { Problem, RawResponse } from '../../contract/problem.ts';
import type { Mount, RawRoute } from '../../contract/raw-route.ts';
import type { Log } from '../../runtime/log.ts';
import { internalError } from '../internal-error.ts';
import { readBody } from './body.ts';
import type { CommonHeaders } from './security-headers.ts';

/** `pathToken` is a token that followed the path. */
type RawHandler = (request: IncomingMessage, response: ServerResponse, pathToken?: string) => void;

/** Common part of raw routes and mounts. */
type Handled = Pick<Mount, 'handle' | 'refuse'> &
  Partial<Pick<RawRoute, 'methods'>> &
  (Pick<RawRoute, 'scope'> | Pick<Mount, 'scopeOf'>);

export type RawHandlerOptions = {
  readonly maxBodyBytes: number;
  readonly authorizer: Authorizer;
  readonly headers: CommonHeaders;
  readonly isStopping: () => boolean;
  readonly log: Log;
  /** Called with the status of each response. */
  readonly count: (status: number) => void;
};

/** Makes a handler for `node:http` of a raw route or mount, with the checks that all share. */
export function createRawHandler(route: Handled, options: RawHandlerOptions): RawHandler {
  const { maxBodyBytes, authorizer, headers, isStopping, log, count } = options;
  // Async, so that what it throws before its first promise is a rejection too.
  const handle = async (bytes: Buffer, caller: Caller, request: IncomingMessage) =>
    route.handle(bytes, caller, request, () => authorizer.addressOf(request));

  return (request, response, pathToken) => {
    const respond = (value: RawResponse, isLast = isStopping()) => {
      count(value.status);
      send(request, response, headers.of(request), value, isLast);
    };
    const fail = (error: unknown) =>
      respond(route.refuse(internalError(error, log, request.url), request), true);

    if (isStopping()) return respond(route.refuse(stopping, request));
    const scope = 'scope' in route ? route.scope : route.scopeOf(request);
    const decision = authorizer.authorize(request, scope, pathToken);
    if (decision.kind === 'denied') {
      const { problem, until } = decision;
      if (until) void until.then(() => respond(route.refuse(problem, request)));
      else respond(route.refuse(problem, request));
      return;
    }
    readBody(request, maxBodyBytes, (body) => {
      if (route.methods === 'POST' && request.method !== 'POST') {
        respond(route.refuse(methodNotAllowed(request.method), request));
      } else if (body.kind === 'problem') {
        respond(route.refuse(body.problem, request));
      } else {
        handle(body.bytes, decision.caller, request).then(respond, fail);
      }
    });
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  common: Readonly<Record<string, string>>,
  { status, headers, body }: RawResponse,
  isLast: boolean,
): void {
  const isUnread = !request.complete;
  response.writeHead(status, {
    ...common,
    ...headers,
    'content-length': Buffer.byteLength(body),
    // The rest of an unread body would be taken for the next request.
    ...(isLast || isUnread ? { connection: 'close' } : {}),
  });
  if (isUnread) sendBeforeEnd(request, response, body);
  else response.end(body);
}

/** Time for which a refused body is still read. */
const lingerMs = 2_000;

/**
 * Responds while the body is still being sent. Closing a connection on which bytes arrive resets
 * it, and the sender would lose the response: so the bytes are read and dropped for a while.
 */
function sendBeforeEnd(request: IncomingMessage, response: ServerResponse, body: string): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once('end', end);
  request.once('close', end);
  request.resume();
  response.write(body);
  // A response to HEAD has no body that would carry the headers along.
  response.flushHeaders();
}

const stopping: Problem = {
  code: 'stopping',
  detail: 'The service is stopping; send the heartbeat again, to it or to its successor.',
  retryAfterSeconds: 1,
};

const methodNotAllowed = (method: string | undefined): Problem => ({
  code: 'method-not-allowed',
  detail: `${method} is not allowed here, POST is.`,
  allow: 'POST',
});
