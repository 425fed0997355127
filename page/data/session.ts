import type { SessionResponse } from '../../service/contract/api/access/session.ts';
import { createStore } from './store.ts';

/** Access of this browser; undefined until the service has responded. */
export const session = createStore<SessionResponse | undefined>(undefined);

/** Whether the form for a token is displayed in place of the view. */
export const needsSignIn = createStore(false);

export const can = (scope: 'read' | 'admin'): boolean =>
  session.get()?.scopes.includes(scope) ?? false;

/** To be called for a response with 401: the session has ended. */
export function signedOut(): void {
  needsSignIn.set(true);
}

export function setSession(found: SessionResponse): void {
  session.set(found);
  needsSignIn.set(found.signInRequired);
}
