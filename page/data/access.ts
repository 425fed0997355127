import type { SessionResponse } from '../../service/contract/api/access/session.ts';
import { getJson, sendJson } from './request.ts';
import { setSession } from './session.ts';

export async function loadSession(): Promise<void> {
  setSession(await getJson<SessionResponse>('session'));
}

export async function signIn(token: string): Promise<void> {
  const response = await sendJson('POST', 'session', {}, { token });
  setSession(await response.json());
}

export async function signOut(): Promise<void> {
  await sendJson('DELETE', 'session');
  await loadSession();
}
