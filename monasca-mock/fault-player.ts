import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { ServiceName } from './requests.ts';

/** Responds to a request as the fault prescribes; `proceed` processes it as without a fault. */
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
  const respond = (status: number, headers: Record<string, string>, body: unknown) =>
    send(request, response, status, headers, body);
  const vary = service === 'keystone' ? { Vary: 'X-Auth-Token' } : undefined;
  switch (fault.kind) {
    case 'slow':
    case 'reject-metrics':
    case 'refuse':
      return proceed();
    case 'hang':
      // The body is read, so that the client has sent everything.
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
    case 'half-open': {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': 1000 };
      request.resume();
      response.writeHead(fault.status ?? 200, headers);
      response.write('{"half":');
      return;
    }
    case 'status': {
      const { status = 503, headers, retryAfter, body } = fault;
      const retry = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
      return respond(status, { ...retry, ...headers }, body);
    }
    case 'token-401': {
      const message = 'The request you have made requires authentication.';
      const headers = { 'WWW-Authenticate': `Keystone uri="${keystoneUrl}"`, ...vary };
      return respond(401, headers, { error: { code: 401, title: 'Unauthorized', message } });
    }
    // Monasca refuses with a 401 of another format, Keystone with 403.
    case 'policy-401': {
      if (vary) {
        const message = 'You are not authorized to perform the requested action.';
        return respond(403, vary, { error: { code: 403, message, title: 'Forbidden' } });
      }
      const garbled = `T, o, k, e, n, Keystone uri="${keystoneUrl}"`;
      const description = 'The request does not have access to this service';
      const headers = { 'WWW-Authenticate': garbled, Vary: 'Accept' };
      return respond(401, headers, { title: 'Forbidden', description });
    }
  }
}

/** Ends early when the client disconnects or the mock is closed. */
function pause(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: unknown,
): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const isEmpty = status === 204 || status === 304;
  request.resume();
  response.writeHead(status, {
    ...(text === '' ? {} : { 'Content-Type': 'application/json' }),
    ...(isEmpty ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(isEmpty || request.method === 'HEAD' ? undefined : text);
}
