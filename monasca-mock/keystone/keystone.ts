import type { LoginFailures } from './auth/lockout.ts';
import type { State } from './store/state.ts';

/** Settings of the operator, which tests change at run time. */
export type Settings = {
  tokenLifetimeSeconds: number;
  /** Number of failed logins that lock an account; 0, Keystone's default, never locks. */
  lockoutAttempts: number;
  lockoutSeconds: number;
  /** Time in which Monasca's middleware trusts a validated token whatever changes in Keystone. */
  middlewareCacheSeconds: number;
};

export const defaultSettings: Readonly<Settings> = {
  tokenLifetimeSeconds: 3600,
  lockoutAttempts: 0,
  lockoutSeconds: 1800,
  middlewareCacheSeconds: 0,
};

/** One Keystone with its state, settings and clock. */
export type Keystone = {
  state: State;
  settings: Settings;
  failures: LoginFailures;
  /** Epoch milliseconds. */
  now(): number;
};
