import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { ServiceName } from './requests.ts';

/** Answers a request as the fault says; `proceed` does what would have been done without it. */
export async function playFault(
  fault: Fault,
  service: ServiceName,
  keystoneUrl: string,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: () => void,
): Promise<void> {
  if (fault.delayMs !== undefined) await pause(fault.delayMs, response);
  if (response.destroyed) return;
  switch (fault.kind) {
    case 'slow':
    case 'reject-metrics':
    case 'refuse':
      return proceed();
    case 'hang':
      // The body is read, so that the client sees a server that took everything.
      request.resume();
      return;
    case 'cut':
      request.socket.destroy();
      return;
    case 'cut-after':
      response.end = () => {
        request.socket.destroy();
        return response;
      };
      return proceed();
    case 'half-open':
      request.resume();
      response.writeHead(fault.status ?? 200, {
        'Content-Type': 'application/json',
        'Content-Length': 1000,
      });
      response.write('{"half":');
      return;
    case 'status':
      return answer(request, response, fault.status ?? 503, { ...headersOf(fault) }, fault.body);
    case 'token-401':
      return answer(request, response, 401, unauthenticated(service, keystoneUrl), {
        error: {
          code: 401,
          title: 'Unauthorized',
          message: 'The request you have made requires authentication.',
        },
      });
    case 'policy-401':
      return refuseByPolicy(service, keystoneUrl, request, response);
  }
}

/** Ends early when the client goes away or the mock is closed. */
function pause(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: unknown,
): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const isEmpty = status === 204 || status === 304;
  const type = text === '' ? {} : { 'Content-Type': 'application/json' };
  request.resume();
  response.writeHead(status, {
    ...type,
    ...(isEmpty ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(isEmpty || request.method === 'HEAD' ? undefined : text);
}

function headersOf({ headers, retryAfter }: Fault): Record<string, string> {
  return { ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }), ...headers };
}

function unauthenticated(service: ServiceName, keystoneUrl: string): Record<string, string> {
  const vary = service === 'keystone' ? { Vary: 'X-Auth-Token' } : {};
  return { 'WWW-Authenticate': `Keystone uri="${keystoneUrl}"`, ...vary };
}

/** Monasca refuses with a 401 of another shape; Keystone itself says 403. */
function refuseByPolicy(
  service: ServiceName,
  keystoneUrl: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (service === 'keystone') {
    const message = 'You are not authorized to perform the requested action.';
    const error = { code: 403, message, title: 'Forbidden' };
    answer(request, response, 403, { Vary: 'X-Auth-Token' }, { error });
    return;
  }
  const garbled = `T, o, k, e, n, Keystone uri="${keystoneUrl}"`;
  const headers = { 'WWW-Authenticate': garbled, Vary: 'Accept' };
  const description = 'The request does not have access to this service';
  answer(request, response, 401, headers, { title: 'Forbidden', description });
}
