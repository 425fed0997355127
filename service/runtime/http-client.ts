import http from 'node:http';
import https from 'node:https';
import got, { type Got, RequestError, TimeoutError } from 'got';

/**
 * An HTTP exchange as a value. An answer of any status is an `answer`; that there was none is a
 * `failure` with the cause named, never an exception. Only the pump retries, so got's own retries
 * are off, and redirects are not followed: no API that we call uses them.
 */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly body: string;
    }
  | {
      readonly kind: 'failure';
      readonly reason: 'timeout' | 'unreachable' | 'aborted';
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
  /** Closes idle keep-alive connections; requests under way go on. */
  close(): void;
};

/** One client per peer: it owns the connections to it. `timeoutMs` bounds the whole exchange. */
export function createHttpClient(options: { timeoutMs: number; userAgent?: string }): HttpClient {
  const agentOptions = { keepAlive: true, maxSockets: 64, timeout: options.timeoutMs };
  const agent = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };
  const client: Got = got.extend({
    agent,
    timeout: { request: options.timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    headers: { 'user-agent': options.userAgent ?? 'ge-heartbeat' },
  });

  return {
    async request({ method, url, headers, body, signal }) {
      try {
        const answer = await client(url, {
          method,
          ...(headers ? { headers } : {}),
          ...(body === undefined ? {} : { body }),
          ...(signal ? { signal } : {}),
        });
        return {
          kind: 'answer',
          status: answer.statusCode,
          headers: answer.headers,
          body: answer.body,
        };
      } catch (error) {
        return failureOf(error, signal);
      }
    },
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

function failureOf(error: unknown, signal: AbortSignal | undefined): Exchange {
  if (signal?.aborted)
    return { kind: 'failure', reason: 'aborted', detail: 'the request was given up' };
  if (error instanceof TimeoutError) {
    return { kind: 'failure', reason: 'timeout', detail: `no answer: ${error.message}` };
  }
  if (error instanceof RequestError) {
    return { kind: 'failure', reason: 'unreachable', detail: `${error.code}: ${error.message}` };
  }
  throw error;
}
