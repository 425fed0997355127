import type { IncomingMessage } from 'node:http';

type Headers = Readonly<Record<string, string>>;

/** The headers that answers have besides their own. */
export type CommonHeaders = {
  /** Of every answer. */
  of(request: IncomingMessage): Headers;
  /** Of what is not the answer to a heartbeat: a browser may show it. A route may set its own. */
  readonly forBrowsers: Headers;
  /** The answer to a browser that asks whether it may ask; undefined for what is no such question. */
  preflight(request: IncomingMessage): Headers | undefined;
  /** Whether a web page of another origin has sent this without having been named. */
  isForeign(request: IncomingMessage): boolean;
};

const oneYearSeconds = 31_536_000;

export function createCommonHeaders(options: {
  isSecure: boolean;
  /** Origins whose pages may ask; `*` is all. */
  origins: readonly string[];
}): CommonHeaders {
  const { isSecure, origins } = options;
  const always: Headers = {
    'x-content-type-options': 'nosniff',
    ...(isSecure ? { 'strict-transport-security': `max-age=${oneYearSeconds}` } : {}),
  };
  const isNamed = (origin: string) => origins.includes('*') || origins.includes(origin);
  const corsOf = (origin: string): Headers => ({
    ...always,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after, www-authenticate',
    vary: 'origin',
  });

  return {
    of({ headers: { origin } }) {
      if (origin === undefined || origins.length === 0) return always;
      return isNamed(origin) ? corsOf(origin) : { ...always, vary: 'origin' };
    },
    forBrowsers: {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    preflight({ method, headers }) {
      const { origin } = headers;
      if (method !== 'OPTIONS' || origin === undefined || !isNamed(origin)) return undefined;
      if (headers['access-control-request-method'] === undefined) return undefined;
      return {
        ...corsOf(origin),
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers': 'authorization, content-type, last-event-id',
        'access-control-max-age': '600',
      };
    },
    isForeign({ method = '', headers }) {
      const { origin, host, authorization } = headers;
      // A page cannot know a token: what shows one was meant. What only reads is kept from it anyway.
      if (origin === undefined || authorization !== undefined) return false;
      if (['GET', 'HEAD', 'OPTIONS'].includes(method) || isNamed(origin)) return false;
      return URL.parse(origin)?.host !== host;
    },
  };
}
