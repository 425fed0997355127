import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../access/gate.ts';
import type { Caller } from '../contract/access/caller.ts';
import { withoutTokens } from '../contract/access/token.ts';
import type { HttpResponse, Problem } from '../contract/problem.ts';
import type { Mount, RawRoute } from '../contract/raw-route.ts';
import type { Log } from '../runtime/log.ts';
import { readBody } from './body.ts';
import type { CommonHeaders } from './security-headers.ts';

/** `pathToken` is a token that followed the path. */
type LaneHandler = (request: IncomingMessage, response: ServerResponse, pathToken?: string) => void;

/** What rawRoutes and mounts have in common. */
type Handling = Pick<Mount, 'handle' | 'refuse'> &
  Partial<Pick<RawRoute, 'methods'>> &
  (Pick<RawRoute, 'scope'> | Pick<Mount, 'scopeOf'>);

/** Slicer a rawRoute into a request handler of `node:http`, with the checks that all rawRoutes share. */
export function createRawHandler(
  rawRoute: Handling,
  options: {
    maxBodyBytes: number;
    gate: Gate;
    headers: CommonHeaders;
    isStopping: () => boolean;
    log: Log;
    /** Told of each answer. */
    count: (status: number) => void;
  },
): LaneHandler {
  const { maxBodyBytes, gate, headers, isStopping, log, count } = options;
  // Async, so that what it throws before its first promise is a rejection too.
  const handle = async (bytes: Buffer, caller: Caller, request: IncomingMessage) =>
    rawRoute.handle(bytes, caller, request, () => gate.addressOf(request));

  return (request, response, pathToken) => {
    const answer = (value: HttpResponse, isLast = isStopping()) => {
      count(value.status);
      send(request, response, headers.of(request), value, isLast);
    };
    const fail = (error: unknown) => {
      log.error(
        { error, url: withoutTokens(request.url ?? '') },
        'a request failed by our own fault',
      );
      const detail = 'The service failed to handle this request; its log says why.';
      answer(rawRoute.refuse({ code: 'internal-error', detail }, request), true);
    };

    if (isStopping()) return answer(rawRoute.refuse(stopping, request));
    const scope = 'scope' in rawRoute ? rawRoute.scope : rawRoute.scopeOf(request);
    const admission = gate.admit(request, scope, pathToken);
    if (admission.kind === 'refused') {
      const { problem, after } = admission;
      if (after) void after.then(() => answer(rawRoute.refuse(problem, request)));
      else answer(rawRoute.refuse(problem, request));
      return;
    }
    readBody(request, maxBodyBytes, (body) => {
      if (rawRoute.methods === 'POST' && request.method !== 'POST') {
        answer(rawRoute.refuse(methodNotAllowed(request.method), request));
      } else if (body.kind === 'problem') {
        answer(rawRoute.refuse(body.problem, request));
      } else {
        handle(body.bytes, admission.caller, request).then(answer, fail);
      }
    });
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  common: Readonly<Record<string, string>>,
  { status, headers, body }: HttpResponse,
  isLast: boolean,
): void {
  const isUnread = !request.complete;
  response.writeHead(status, {
    ...common,
    ...headers,
    'content-length': Buffer.byteLength(body),
    // A body that was not read to its end would be taken for the next request.
    ...(isLast || isUnread ? { connection: 'close' } : {}),
  });
  if (isUnread) sendToSender(request, response, body);
  else response.end(body);
}

/** For how long a body that is refused is still read. */
const lingerMs = 2_000;

/**
 * Answers while the body is still on its way. To close a connection on which bytes arrive is to
 * reset it, and the sender would lose the answer: so they are read and dropped for a while.
 */
function sendToSender(request: IncomingMessage, response: ServerResponse, body: string): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once('end', end);
  request.once('close', end);
  request.resume();
  response.write(body);
  // An answer to HEAD has no body that would have brought the headers along.
  response.flushHeaders();
}

const stopping: Problem = {
  code: 'stopping',
  detail: 'The service is stopping; send the heartbeat again, to it or to its successor.',
  retryAfterSeconds: 1,
};

export const methodNotAllowed = (method: string | undefined): Problem => ({
  code: 'method-not-allowed',
  detail: `${method} is not allowed here, POST is.`,
  allow: 'POST',
});
