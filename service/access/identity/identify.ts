import type { RequestHead } from '../client-address.ts';
import type { Credential, Credentials, Mismatch } from '../credentials.ts';
import { sessionSecrets } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** What identifies the sender of a request. */
export type Identified = {
  readonly by: 'token' | 'session' | 'certificate' | 'none';
  /** Undefined where a request carries nothing. */
  readonly found: Credential | Mismatch | undefined;
  /** Infinity if it does not end by itself. */
  readonly expiresAtMs: number;
};

/** Finds the credential of a request: a token before a session before a client certificate. */
export function identify(
  { headers: { authorization, cookie }, socket }: RequestHead,
  credentials: Credentials,
  sessions: Sessions,
): Identified {
  if (authorization !== undefined) {
    return identified('token', credentials.byHeader(authorization));
  }
  const session = cookie === undefined ? undefined : sessions.find(cookie);
  if (session) {
    return { by: 'session', found: session.credential, expiresAtMs: session.expiresAtMs };
  }
  const found = credentials.byCertificate(socket);
  return identified(found === undefined ? 'none' : 'certificate', found);
}

export const identified = (by: Identified['by'], found: Identified['found']): Identified => ({
  by,
  found,
  expiresAtMs: typeof found === 'object' ? found.expiresAtMs : 0,
});

/** Whether a request has a session cookie, valid or not. */
export const hasSessionCookie = ({ headers: { cookie } }: RequestHead): boolean =>
  cookie !== undefined && sessionSecrets(cookie).length > 0;
