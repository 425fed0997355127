import { type Grant, grants } from '../../contract/access/caller.ts';
import { type Authorizer, crossSite, type Denial } from '../authorizer.ts';
import type { RequestHead } from '../client-address.ts';
import type { Credential, Credentials } from '../credentials.ts';
import { hasSessionCookie, identify } from './identify.ts';
import { isOtherOrigin, isSameOrigin } from './same-origin.ts';
import type { NewSession, Sessions } from './sessions.ts';

/** Access that a request has. */
export type CurrentAccess = {
  /** `open`: every request has access; `none`: the request needs a token. */
  readonly by: 'open' | 'session' | 'token' | 'certificate' | 'none';
  readonly name: string | undefined;
  readonly scopes: readonly Grant[];
  /** Undefined if it does not end by itself. */
  readonly expiresAtMs: number | undefined;
};

type Begun = {
  readonly kind: 'begun';
  readonly session: NewSession;
  readonly access: CurrentAccess;
};

/** Sign-in and sign-out of browsers. */
export type SignIn = {
  current(request: RequestHead): CurrentAccess;
  /** Begins a session; undefined where access is open, and none is needed. */
  begin(request: RequestHead, token: string): Promise<Begun | Denial | undefined>;
  /** Ends the session of a request, if it has one. */
  end(request: RequestHead): Promise<Denial | undefined>;
};

export function createSignIn(parts: {
  /** Undefined where access is open. */
  known: { readonly credentials: Credentials; readonly sessions: Sessions } | undefined;
  authorizer: Pick<Authorizer, 'checkToken'>;
  /** Saves the sessions. */
  save: () => Promise<void>;
}): SignIn {
  const { known, authorizer, save } = parts;
  return {
    current(request) {
      if (known === undefined) return open;
      const { by, found, expiresAtMs } = identify(request, known.credentials, known.sessions);
      return typeof found === 'object' ? accessOf(by, found, expiresAtMs) : none;
    },
    async begin(request, token) {
      // A foreign page must not exchange the visitor's session for one of its own.
      if (isOtherOrigin(request)) return denial;
      if (known === undefined) return undefined;
      const found = authorizer.checkToken(request, token);
      if (found.kind === 'denied') return found;
      const { cookie } = request.headers;
      if (cookie !== undefined) known.sessions.end(cookie);
      const session = known.sessions.begin(token, found);
      await save();
      return { kind: 'begun', session, access: accessOf('session', found, session.expiresAtMs) };
    },
    async end(request) {
      if (known === undefined || !hasSessionCookie(request)) return undefined;
      if (!isSameOrigin(request)) return denial;
      known.sessions.end(request.headers.cookie ?? '');
      await save();
      return undefined;
    },
  };
}

const accessOf = (
  by: CurrentAccess['by'],
  { name, scopes }: Credential,
  expiresAtMs: number,
): CurrentAccess => ({
  by,
  name,
  scopes: [...scopes],
  expiresAtMs: Number.isFinite(expiresAtMs) ? expiresAtMs : undefined,
});

const denial: Denial = { kind: 'denied', problem: crossSite };
const open: CurrentAccess = { by: 'open', name: undefined, scopes: grants, expiresAtMs: undefined };
const none: CurrentAccess = { by: 'none', name: undefined, scopes: [], expiresAtMs: undefined };
