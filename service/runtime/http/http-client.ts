import http from 'node:http';
import https from 'node:https';
import got, { type Got, RequestError, TimeoutError } from 'got';
import { hasPrivateHost } from '../../contract/address/private-address.ts';
import { defined } from '../../contract/defined.ts';
import { createPublicLookup, privateAddressCode, type Resolve } from './public-lookup.ts';

/**
 * Result of an HTTP request as a value: a response of any status, or a failure with its cause, never
 * an exception. Only the pump retries, so got's own retries are off, and redirects are not followed:
 * no API that we call uses them.
 */
export type HttpResult = ReceivedResponse | HttpFailure;

export type ReceivedResponse = {
  readonly kind: 'response';
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
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
  /** Resolves names; default: the system's resolver. */
  readonly resolve?: Resolve | undefined;
  /** A response with a longer body is a failure. Node bounds the headers at 16 KiB. */
  readonly maxResponseBytes?: number | undefined;
};

const defaultMaxResponseBytes = 8 * 1024 * 1024;

/**
 * Servers close idle connections without warning, many after 5 s. A request that is sent at that
 * moment fails, so an idle connection is closed a little earlier.
 */
const idleConnectionMs = 4_000;

/** One client per server: it owns the connections to it. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const maxResponseBytes = options.maxResponseBytes ?? defaultMaxResponseBytes;
  const agent = createAgents(options);
  const client = createGot(options, agent);
  let closed = false;

  const closeIdle = () => {
    for (const sockets of [agent.http.freeSockets, agent.https.freeSockets]) {
      for (const socket of Object.values(sockets).flat()) socket?.destroy();
    }
  };

  return {
    async request({ method, url, headers, body, signal }) {
      if (options.publicOnly && hasPrivateHost(url)) {
        return failure('private-address', `${new URL(url).hostname} is a private address`);
      }
      const tooLarge = new AbortController();
      const signals = signal ? [signal, tooLarge.signal] : [tooLarge.signal];
      try {
        const response = await client(url, {
          method,
          ...defined({ headers, body }),
          signal: AbortSignal.any(signals),
        }).on('downloadProgress', ({ transferred }) => {
          if (transferred > maxResponseBytes) tooLarge.abort();
        });
        return {
          kind: 'response',
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.from(response.rawBody).toString(),
        };
      } catch (error) {
        if (tooLarge.signal.aborted) {
          return failure(
            'unexpected-answer',
            `the response is longer than ${maxResponseBytes} bytes`,
          );
        }
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

type Agents = { readonly http: http.Agent; readonly https: https.Agent };

function createAgents({ publicOnly, resolve }: HttpClientOptions): Agents {
  const options = {
    keepAlive: true,
    maxSockets: 64,
    timeout: idleConnectionMs,
    ...(publicOnly ? { lookup: createPublicLookup(resolve) } : {}),
  };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function createGot({ timeoutMs, userAgent, ca, insecure }: HttpClientOptions, agent: Agents): Got {
  return got.extend({
    agent,
    timeout: { request: timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    // A response then cannot grow when it is unpacked.
    decompress: false,
    responseType: 'buffer',
    https: {
      ...defined({ certificateAuthority: ca }),
      rejectUnauthorized: insecure !== true,
    },
    headers: { 'user-agent': userAgent ?? 'ge-heartbeat' },
  });
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
