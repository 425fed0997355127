import type { IncomingMessage } from 'node:http';
import { isOtherOrigin, isRead } from '../../access/identity/same-origin.ts';

type Headers = Readonly<Record<string, string>>;

/** Headers that responses have besides their own. */
export type CommonHeaders = {
  /** Headers of every response. */
  of(request: IncomingMessage): Headers;
  /** Headers of responses that a browser may display, which a route may override. */
  readonly forBrowsers: Headers;
  /** Response to a permitted CORS preflight request; undefined for all other requests. */
  preflight(request: IncomingMessage): Headers | undefined;
  /** Returns whether a web page of an origin that is not permitted wants to change something. */
  isForeign(request: IncomingMessage): boolean;
};

const oneYearSeconds = 31_536_000;

export function createCommonHeaders(options: {
  isSecure: boolean;
  /** Permitted origins; `*` permits all. */
  origins: readonly string[];
}): CommonHeaders {
  const { isSecure, origins } = options;
  const always: Headers = {
    'x-content-type-options': 'nosniff',
    ...(isSecure ? { 'strict-transport-security': `max-age=${oneYearSeconds}` } : {}),
  };
  const isPermitted = (origin: string) => origins.includes('*') || origins.includes(origin);
  const corsOf = (origin: string): Headers => ({
    ...always,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after, www-authenticate',
    vary: 'origin',
  });

  return {
    of({ headers: { origin } }) {
      if (origin === undefined || origins.length === 0) return always;
      return isPermitted(origin) ? corsOf(origin) : { ...always, vary: 'origin' };
    },
    forBrowsers: {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    preflight({ method, headers }) {
      const { origin } = headers;
      if (method !== 'OPTIONS' || origin === undefined || !isPermitted(origin)) return undefined;
      if (headers['access-control-request-method'] === undefined) return undefined;
      return {
        ...corsOf(origin),
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers': 'authorization, content-type, last-event-id',
        'access-control-max-age': '600',
      };
    },
    isForeign(request) {
      const { origin, authorization } = request.headers;
      // A foreign page cannot know a token. The browser keeps it from reading responses anyway.
      if (authorization !== undefined || isRead(request) || !isOtherOrigin(request)) return false;
      return origin === undefined || !isPermitted(origin);
    },
  };
}
