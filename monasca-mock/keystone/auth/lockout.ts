import type { Keystone } from '../keystone.ts';

type Failures = { count: number; lockedUntilMs: number };

/** Failed logins and locks by user id. They do not outlive the process. */
export type LoginFailures = Map<string, Failures>;

/** While an account is locked even the right password gets the 401 of a wrong one. */
export function isLocked(keystone: Keystone, userId: string): boolean {
  return (keystone.failures.get(userId)?.lockedUntilMs ?? 0) > keystone.now();
}

export function countFailure(keystone: Keystone, userId: string): void {
  const { lockoutAttempts, lockoutSeconds } = keystone.settings;
  const now = keystone.now();
  const before = keystone.failures.get(userId);
  // A lock that has run out takes its count with it.
  const expired = before !== undefined && before.lockedUntilMs > 0 && before.lockedUntilMs <= now;
  const count = expired || before === undefined ? 1 : before.count + 1;
  const locks = lockoutAttempts > 0 && count >= lockoutAttempts;
  keystone.failures.set(userId, {
    count,
    lockedUntilMs: locks ? now + lockoutSeconds * 1000 : 0,
  });
}

export function forgetFailures(keystone: Keystone, userId: string): void {
  keystone.failures.delete(userId);
}

/** Locks at once, without failed logins; for ever unless `seconds` are given. */
export function lock(keystone: Keystone, userId: string, seconds?: number): void {
  const now = keystone.now();
  keystone.failures.set(userId, {
    count: keystone.settings.lockoutAttempts,
    lockedUntilMs: seconds === undefined ? Number.POSITIVE_INFINITY : now + seconds * 1000,
  });
}
