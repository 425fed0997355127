import http from 'node:http';
import https from 'node:https';
import got, { type Got, type Request, RequestError, type Response, TimeoutError } from 'got';
import { hasPrivateHost } from '../../contract/address/private-address.ts';
import { defined } from '../../contract/defined.ts';
import { hostOf, isProxied, type ProxySettings } from './proxy.ts';
import {
  createPublicLookup,
  findPrivate,
  privateAddressCode,
  type Resolve,
} from './public-lookup.ts';
import { type BodyBounds, type ReadBody, readBody } from './response-body.ts';

/**
 * Result of an HTTP request as a value: a response of any status, or a failure with its cause, never
 * an exception. Only the pump retries, so got's own retries are off, and redirects are not followed:
 * no API that we call uses them.
 *
 * The status line is the verdict. Whatever a server does with the body of an error, or of a success
 * whose body is not needed, the result is the response, with the part of the body that was read.
 */
export type HttpResult = ReceivedResponse | HttpFailure;

export type ReceivedResponse = {
  readonly kind: 'response';
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Of an error its beginning; of a success the whole, if the request needs it. */
  readonly body: string;
};

type HttpFailure = {
  readonly kind: 'failure';
  /** `unexpected-answer`: not HTTP, or a response that is too long. */
  readonly reason: 'timeout' | 'unreachable' | 'private-address' | 'aborted' | 'unexpected-answer';
  readonly detail: string;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Whether a success without its whole body is a failure; otherwise its body is discarded. */
  readonly needsBody?: boolean;
  readonly signal?: AbortSignal;
};

export type HttpClient = {
  request(request: HttpRequest): Promise<HttpResult>;
  /** Closes idle keep-alive connections now and the others after their request. */
  close(): void;
};

export type HttpClientOptions = {
  /** Longest time for name lookup, connection, upload and the whole response. */
  readonly timeoutMs: number;
  readonly userAgent?: string | undefined;
  /** Certificates (PEM) of the authorities to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
  /** Accept any certificate: for test installations only. */
  readonly insecure?: boolean | undefined;
  /** Connects to public addresses only; any other address is a failure. */
  readonly publicOnly?: boolean | undefined;
  /** The target is checked as without one, by a lookup here. */
  readonly proxy?: ProxySettings | undefined;
  /** Resolves names; default: the system's resolver. */
  readonly resolve?: Resolve | undefined;
  /** A needed body that is longer is a failure. Node bounds the headers at 16 KiB. */
  readonly maxResponseBytes?: number | undefined;
};

const defaultMaxResponseBytes = 8 * 1024 * 1024;
/** Of an error, only the message is used. */
const errorBounds: BodyBounds = { maxBytes: 65_536, maxMs: 2_000 };
/** A body is discarded so that its connection can be used again, which is worth no long wait. */
const unneededBounds: BodyBounds = { maxBytes: 65_536, maxMs: 250 };

/**
 * Servers close idle connections without warning, many after 5 s. A request that is sent at that
 * moment fails, so an idle connection is closed a little earlier.
 */
const idleConnectionMs = 4_000;

/** One client per server: it owns the connections to it. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const maxResponseBytes = options.maxResponseBytes ?? defaultMaxResponseBytes;
  const wholeBounds: BodyBounds = { maxBytes: maxResponseBytes };
  const direct = createAgents(options);
  const viaProxy = options.proxy && createProxyAgents(options.proxy);
  const client = createGot(options);
  let closed = false;

  const closeIdle = () => {
    for (const agents of [direct, ...(viaProxy ? [viaProxy] : [])]) {
      const free = [agents.http.freeSockets, agents.https.freeSockets];
      for (const socket of free.flatMap(Object.values).flat()) socket?.destroy();
    }
  };

  return {
    async request({ method, url, headers, body, needsBody = false, signal }) {
      if (options.publicOnly && hasPrivateHost(url)) {
        return failure('private-address', `${new URL(url).hostname} is a private address`);
      }
      const proxied = options.proxy && isProxied(url, options.proxy) ? viaProxy : undefined;
      try {
        if (proxied && options.publicOnly) {
          const detail = await findPrivate(hostOf(new URL(url)), options.resolve);
          if (detail) return failure('private-address', detail);
        }
        const stream = client.stream(url, {
          method,
          agent: proxied ?? direct,
          ...defined({ headers, body: method === 'GET' ? body : (body ?? ''), signal }),
        });
        // Also an error that follows the response, such as more bytes than it should have.
        stream.on('error', () => undefined);
        const { statusCode: status, headers: receivedHeaders } = await responseOf(stream);
        const isSuccess = status >= 200 && status < 300;
        const isWhole = isSuccess && needsBody;
        const bounds = isWhole ? wholeBounds : isSuccess ? unneededBounds : errorBounds;
        const { bytes, fault } = await readBody(stream, bounds);
        if (isWhole && fault) return bodyFailure(fault, maxResponseBytes, signal);
        return {
          kind: 'response',
          status,
          headers: receivedHeaders,
          body: isSuccess && !isWhole ? '' : bytes.toString(),
        };
      } catch (error) {
        return failureOf(error, signal);
      } finally {
        // A connection becomes idle only after this turn of the event loop.
        if (closed) setImmediate(closeIdle);
      }
    },
    close() {
      closed = true;
      closeIdle();
    },
  };
}

/** Resolves when the headers of the response have arrived. */
async function responseOf(stream: Request): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  stream.once('response', resolve).once('error', reject);
  return promise;
}

type Agents = { readonly http: http.Agent; readonly https: https.Agent };

const connections = { keepAlive: true, maxSockets: 64, timeout: idleConnectionMs };

function createAgents({ publicOnly, resolve }: HttpClientOptions): Agents {
  const options = {
    ...connections,
    ...(publicOnly ? { lookup: createPublicLookup(resolve) } : {}),
  };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function createProxyAgents(proxy: ProxySettings): Agents {
  const proxyEnv = defined({
    HTTP_PROXY: proxy.http?.reveal(),
    HTTPS_PROXY: proxy.https?.reveal(),
  });
  const options = { ...connections, proxyEnv };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function createGot({ timeoutMs, userAgent, ca, insecure }: HttpClientOptions): Got {
  return got.extend({
    timeout: { request: timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    // A response then cannot grow when it is unpacked.
    decompress: false,
    https: {
      ...defined({ certificateAuthority: ca }),
      rejectUnauthorized: insecure !== true,
    },
    headers: { 'user-agent': userAgent ?? 'ge-heartbeat' },
  });
}

function bodyFailure(
  fault: NonNullable<ReadBody['fault']>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): HttpFailure {
  if (fault.kind === 'broken') return failureOf(fault.error, signal);
  return failure('unexpected-answer', `the response is longer than ${maxBytes} bytes`);
}

function failureOf(error: unknown, signal: AbortSignal | undefined): HttpFailure {
  if (signal?.aborted) return failure('aborted', 'the request was aborted');
  if (error instanceof TimeoutError) return failure('timeout', `no response: ${error.message}`);
  if (error instanceof RequestError) {
    if (error.code === privateAddressCode) {
      return failure('private-address', `${error.message}: a private address`);
    }
    // Error codes of Node's HTTP parser begin with HPE_.
    const reason = error.code.startsWith('HPE_') ? 'unexpected-answer' : 'unreachable';
    return failure(reason, `${error.code}: ${error.message || 'the connection failed'}`);
  }
  throw error;
}

function failure(reason: HttpFailure['reason'], detail: string): HttpFailure {
  return { kind: 'failure', reason, detail };
}
