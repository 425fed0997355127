import { TLSSocket } from 'node:tls';
import type { RequestHead } from '../client-address.ts';

export const sessionCookieName = 'ge-heartbeat-session';

/** Values of one name that are tried: cookies of a parent domain can have the same name. */
const maxValues = 4;

/** Values of the session cookie in a request. */
export function sessionSecrets(cookies: string): string[] {
  const start = `${sessionCookieName}=`;
  return cookies
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(start))
    .slice(0, maxValues)
    .map((one) => one.slice(start.length));
}

/**
 * The Set-Cookie header of a session; without a secret it deletes the cookie. It has no Path, so the
 * browser returns it to the folder of the request's path, `/api/v1/`, with the prefix that a proxy may
 * have put before it.
 */
export function sessionCookie(
  session: { readonly secret: string; readonly maxAgeMs: number } | undefined,
  request: RequestHead,
): string {
  const { secret = '', maxAgeMs = 0 } = session ?? {};
  const attributes = ['HttpOnly', 'SameSite=Strict', `Max-Age=${Math.floor(maxAgeMs / 1_000)}`];
  if (isSecure(request)) attributes.push('Secure');
  return [`${sessionCookieName}=${secret}`, ...attributes].join('; ');
}

/** Whether the browser uses HTTPS: to the service itself, or to a proxy before it. */
const isSecure = ({ socket, headers: { origin } }: RequestHead): boolean =>
  socket instanceof TLSSocket || origin?.startsWith('https:') === true;
