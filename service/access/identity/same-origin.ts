import type { RequestHead } from '../client-address.ts';

/** Head of a request with its method. */
type MethodHead = RequestHead & { readonly method?: string | undefined };

/** Returns whether a request only reads; a method that is unknown changes something. */
export const isRead = ({ method = '' }: MethodHead): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/**
 * Returns whether a browser states that a page of the service itself sent the request. Pages cannot
 * set these headers. Browsers send Sec-Fetch-Site over HTTPS and to loopback, and Origin with every
 * request that changes something. Behind a proxy that replaces Host only the former is conclusive.
 */
export function isSameOrigin({ headers }: RequestHead): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined ? originOf(headers) === 'own' : site === 'same-origin';
}

/** Returns whether a browser states that a page of another origin sent the request. */
export function isOtherOrigin({ headers }: RequestHead): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return false;
  return site === 'cross-site' || site === 'same-site' || originOf(headers) === 'other';
}

function originOf({ origin, host }: RequestHead['headers']): 'none' | 'own' | 'other' {
  if (origin === undefined) return 'none';
  return URL.parse(origin)?.host === host ? 'own' : 'other';
}
