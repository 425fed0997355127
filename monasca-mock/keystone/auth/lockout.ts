import type { Keystone } from '../keystone.ts';

/** While an account is locked, the right password is refused like a wrong one. */
export function isLocked({ failures, now }: Keystone, userId: string): boolean {
  return (failures.get(userId)?.lockedUntilMs ?? 0) > now();
}

export function countFailure({ failures, settings, now }: Keystone, userId: string): void {
  const { count, lockedUntilMs } = failures.get(userId) ?? { count: 0, lockedUntilMs: 0 };
  const isLockExpired = lockedUntilMs > 0 && lockedUntilMs <= now();
  const failed = isLockExpired ? 1 : count + 1;
  const locks = settings.lockoutAttempts > 0 && failed >= settings.lockoutAttempts;
  failures.set(userId, {
    count: failed,
    lockedUntilMs: locks ? now() + settings.lockoutSeconds * 1000 : 0,
  });
}

/** Locks an account without failed logins, for good unless `seconds` are given. */
export function lock(
  { failures, settings, now }: Keystone,
  userId: string,
  seconds?: number,
): void {
  const lockedUntilMs = seconds === undefined ? Number.POSITIVE_INFINITY : now() + seconds * 1000;
  failures.set(userId, { count: settings.lockoutAttempts, lockedUntilMs });
}
