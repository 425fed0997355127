import { z } from 'zod';
import { type Credential, keyOf } from './credentials.ts';

/** When each credential was last used, as it is kept from one start to the next. */
const savedSchema = z.record(z.string(), z.number());

export const lastUsedKey = 'access.lastUsed';

export function restoreLastUsed(list: readonly Credential[], saved: string | undefined): void {
  const times = saved === undefined ? {} : savedSchema.parse(JSON.parse(saved));
  for (const credential of list) credential.lastUsedMs ??= times[keyOf(credential)];
}

/** Of those that are configured: what was withdrawn is forgotten. */
export function lastUsedText(list: readonly Credential[]): string {
  const times = list.flatMap((one) => (one.lastUsedMs ? [[keyOf(one), one.lastUsedMs]] : []));
  return JSON.stringify(Object.fromEntries(times));
}
