import http from 'node:http';
import https from 'node:https';
import { hasPrivateHost } from '../contract/address/private-address.ts';
import { createPublicLookup, privateAddressCode, type Resolve } from './public-lookup.ts';

/**
 * An HTTP exchange as a value. An answer of any status is an `answer`; that there was none is a
 * `failure` with the cause named, never an exception. Only the pump retries, and redirects are not
 * followed: no API that we call uses them.
 *
 * Node's own client, for a notifier sends hundreds of small messages a second: libraries above it
 * take several times as long for each.
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
  const { publicOnly, timeoutMs, maxAnswerBytes = defaultMaxAnswerBytes } = options;
  const agents = createAgents(options);
  const ownHeaders = { 'user-agent': options.userAgent ?? 'ge-heartbeat' };
  let closed = false;

  const closeIdle = () => {
    for (const sockets of [agents.http.freeSockets, agents.https.freeSockets]) {
      for (const socket of Object.values(sockets).flat()) socket?.destroy();
    }
  };

  return {
    async request({ method, url, headers, body, signal }) {
      if (signal?.aborted) return givenUp;
      if (publicOnly && hasPrivateHost(url)) {
        return failure('private-address', `${new URL(url).hostname} is a private address`);
      }
      try {
        const isSecure = url.startsWith('https:');
        const begin = () =>
          (isSecure ? https : http).request(url, {
            method,
            agent: isSecure ? agents.https : agents.http,
            headers: { ...ownHeaders, ...headers, ...lengthOf(body) },
          });
        return await exchange(begin, { body, timeoutMs, maxAnswerBytes, signal });
      } catch (error) {
        // Node does not begin what is no URL, or has a header that cannot be sent.
        return failureOf(error);
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

const lengthOf = (body: HttpRequest['body']) =>
  body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };

type Terms = {
  readonly body: HttpRequest['body'];
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal | undefined;
};

/** One request to its end, whatever that is: the first thing that ends it is what is told. */
function exchange(begin: () => http.ClientRequest, terms: Terms): Promise<Exchange> {
  const { body, timeoutMs, maxAnswerBytes, signal } = terms;
  return new Promise((resolve, reject) => {
    const request = begin();
    const giveUp = () => end(givenUp);
    const timer = setTimeout(
      () => end(failure('timeout', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    function end(outcome: Exchange): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      if (outcome.kind === 'failure') request.destroy();
      resolve(outcome);
    }
    const fail = (error: unknown) => {
      try {
        end(failureOf(error));
      } catch (bug) {
        reject(bug);
      }
    };
    signal?.addEventListener('abort', giveUp);
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= maxAnswerBytes) return;
        end(failure('unexpected-answer', `the answer is longer than ${maxAnswerBytes} bytes`));
      });
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        end({ kind: 'answer', status, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

type Agents = { readonly http: http.Agent; readonly https: https.Agent };

function createAgents({ publicOnly, resolve, ca, insecure }: HttpClientOptions): Agents {
  const options = {
    keepAlive: true,
    maxSockets: 64,
    timeout: idleConnectionMs,
    ...(publicOnly ? { lookup: createPublicLookup(resolve) } : {}),
  };
  const trust = { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: insecure !== true };
  return { http: new http.Agent(options), https: new https.Agent({ ...options, ...trust }) };
}

/** What Node says of connections, and of what it will not send, has a code; a bug of ours has none. */
function failureOf(error: unknown): ExchangeFailure {
  if (!Error.isError(error) || !('code' in error)) throw error;
  const code = String(error.code);
  if (code === privateAddressCode) {
    return failure('private-address', `${error.message}: a private address`);
  }
  // Node's HTTP parser names its complaints HPE_….
  const reason = code.startsWith('HPE_') ? 'unexpected-answer' : 'unreachable';
  return failure(reason, `${code}: ${error.message || 'the connection failed'}`);
}

const givenUp: ExchangeFailure = failure('aborted', 'the request was given up');

function failure(reason: ExchangeFailure['reason'], detail: string): ExchangeFailure {
  return { kind: 'failure', reason, detail };
}
