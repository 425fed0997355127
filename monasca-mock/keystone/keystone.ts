import type { LoginFailures } from './auth/lockout.ts';
import type { State } from './store/state.ts';

/** What the operator of a Keystone sets, and a test changes while it runs. */
export type Settings = {
  tokenLifetimeSeconds: number;
  /** Failed logins after which an account is locked; 0: never, as Keystone's own default. */
  lockoutAttempts: number;
  lockoutSeconds: number;
  /** How long Monasca's middleware trusts a token it has seen, whatever Keystone says since. */
  middlewareCacheSeconds: number;
};

/** One Keystone: what it remembers, how it is set, and the time. */
export type Keystone = {
  state: State;
  settings: Settings;
  failures: LoginFailures;
  /** Epoch milliseconds. */
  now(): number;
};
