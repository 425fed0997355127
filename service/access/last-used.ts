import { type Credential, keyOf } from './credentials.ts';
import { readTimes } from './saved-state.ts';

/** Setting in which the time of last use of each credential is saved. */
export const lastUsedKey = 'access.lastUsed';

export function restoreLastUsed(list: readonly Credential[], saved: string | undefined): void {
  const times = readTimes(saved);
  for (const credential of list) credential.lastUsedMs ??= times[keyOf(credential)];
}

export function lastUsedText(list: readonly Credential[]): string {
  const times = list.flatMap((one) => (one.lastUsedMs ? [[keyOf(one), one.lastUsedMs]] : []));
  return JSON.stringify(Object.fromEntries(times));
}
