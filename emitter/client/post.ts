import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type TlsFiles = { readonly ca?: string; readonly cert?: string; readonly key?: string };

export type Post = {
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly tls: TlsFiles | undefined;
  /** Heartbeats, one a line. */
  readonly body: string;
};

/** `rejected`: the same request will never be accepted; `unsent`: a later one may be. */
export type SendResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected' | 'unsent'; readonly reason: string };

/** Most of a response that is read for its reason. */
const reasonBytes = 4_096;
const finalStatuses = new Set([400, 404, 405, 413, 415, 422]);

/**
 * Sends heartbeats with one request, which does not keep the process alive. Resolves in every case,
 * at the latest after `timeoutMs`.
 */
export async function post(given: Post): Promise<SendResult> {
  try {
    const { statusCode = 0, reason } = await exchange(given, addressOf(given.url));
    if (statusCode >= 200 && statusCode < 300) return { kind: 'accepted' };
    const kind = finalStatuses.has(statusCode) ? 'rejected' : 'unsent';
    return { kind, reason: `not acknowledged: HTTP ${statusCode}${reason && `: ${reason}`}` };
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: String(error) };
    return { kind: 'unsent', reason: `not acknowledged: ${message}` };
  }
}

/** Address of the native API: a host alone, or a URL without a path, is that of the service. */
export function addressOf(url: string): URL {
  const address = new URL(/^https?:\/\//.test(url) ? url : `http://${url}`);
  if (address.pathname === '/') address.pathname = '/api/v1/heartbeats';
  address.pathname = address.pathname.replace(/\/beat$/, '/api/v1/heartbeats');
  return address;
}

type Response = { readonly statusCode: number | undefined; readonly reason: string };

function exchange(given: Post, address: URL): Promise<Response> {
  const { token, timeoutMs, tls, body } = given;
  const send = address.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(address, {
      ...tls,
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/x-ndjson',
        'content-length': Buffer.byteLength(body),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    const late = setTimeout(() => {
      request.destroy(new Error(`no response within ${timeoutMs} ms`));
    }, timeoutMs).unref();
    request.on('socket', (socket) => void socket.unref());
    request.on('close', () => clearTimeout(late));
    request.on('error', reject);
    request.on('response', (response) => {
      readReason(response).then(
        (reason) => resolve({ statusCode: response.statusCode, reason }),
        reject,
      );
    });
    request.end(body);
  });
}

/** The service's reason: the detail of its problem, or the first line. */
async function readReason(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > reasonBytes) break;
  }
  const [, detail] = /"detail":("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  const line = detail === undefined ? (text.split('\n')[0] ?? '') : String(JSON.parse(detail));
  return line.replaceAll(/\p{Cc}/gu, ' ').slice(0, 200);
}
