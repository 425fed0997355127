import http from 'node:http';
import https from 'node:https';
import got, { type Got, RequestError, TimeoutError } from 'got';
import { hasPrivateHost } from '../../contract/address/private-address.ts';
import { createPublicLookup, privateAddressCode, type Resolve } from './public-lookup.ts';

/**
 * An HTTP exchange as a value. An answer of any status is an `answer`; that there was none is a
 * `failure` with the cause named, never an exception. Only the pump retries, so got's own retries
 * are off, and redirects are not followed: no API that we call uses them.
 */
export type Exchange = Answer | ExchangeFailure;

export type Answer = {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
};

export type ExchangeFailure = {
  readonly kind: 'failure';
  /** `unexpected-answer`: the peer spoke, but not HTTP, or more of it than we read. */
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
  request(request: HttpRequest): Promise<Exchange>;
  /** Closes idle keep-alive connections now and the others after their request. */
  close(): void;
};

export type HttpClientOptions = {
  /** Bounds the whole exchange: name, connection, upload, answer to its last byte. */
  readonly timeoutMs: number;
  readonly userAgent?: string | undefined;
  /** Certificates (PEM) of the authorities to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** Accept any certificate: for test installations only. */
  readonly insecure?: boolean | undefined;
  /** Connect to public addresses only; anything else is a failure. */
  readonly publicOnly?: boolean | undefined;
  /** Finds the addresses of names; the system's way where it is not given. */
  readonly resolve?: Resolve | undefined;
  /** An answer with a longer body is a failure. Headers are bounded by Node, at 16 KiB. */
  readonly maxAnswerBytes?: number | undefined;
};

const defaultMaxAnswerBytes = 8 * 1024 * 1024;

/**
 * Servers close idle connections without warning, many after 5 s. A request that is sent at that
 * moment fails, so we let go of an idle connection a little earlier than they do.
 */
const idleConnectionMs = 4_000;

/** One client per peer: it owns the connections to it. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const maxAnswerBytes = options.maxAnswerBytes ?? defaultMaxAnswerBytes;
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
        const answer = await client(url, {
          method,
          ...(headers ? { headers } : {}),
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.any(signals),
        }).on('downloadProgress', ({ transferred }) => {
          if (transferred > maxAnswerBytes) tooLarge.abort();
        });
        return {
          kind: 'answer',
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.from(answer.rawBody).toString(),
        };
      } catch (error) {
        if (tooLarge.signal.aborted) {
          return failure('unexpected-answer', `the answer is longer than ${maxAnswerBytes} bytes`);
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
    // An answer cannot then grow when it is unpacked.
    decompress: false,
    responseType: 'buffer',
    https: {
      ...(ca === undefined ? {} : { certificateAuthority: ca }),
      rejectUnauthorized: insecure !== true,
    },
    headers: { 'user-agent': userAgent ?? 'ge-heartbeat' },
  });
}

function failureOf(error: unknown, signal: AbortSignal | undefined): ExchangeFailure {
  if (signal?.aborted) return failure('aborted', 'the request was given up');
  if (error instanceof TimeoutError) return failure('timeout', `no answer: ${error.message}`);
  if (error instanceof RequestError) {
    if (error.code === privateAddressCode) {
      return failure('private-address', `${error.message}: a private address`);
    }
    // Node's HTTP parser names its complaints HPE_….
    const reason = error.code.startsWith('HPE_') ? 'unexpected-answer' : 'unreachable';
    return failure(reason, `${error.code}: ${error.message || 'the connection failed'}`);
  }
  throw error;
}

function failure(reason: ExchangeFailure['reason'], detail: string): ExchangeFailure {
  return { kind: 'failure', reason, detail };
}
