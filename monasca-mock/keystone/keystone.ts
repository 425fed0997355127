import { z } from 'zod';
import type { KeystoneState } from './store/state.ts';

/** Settings of the operator, which tests change at run time. */
export const settingsSchema = z.strictObject({
  tokenLifetimeSeconds: z.number().positive(),
  /** Number of failed logins that lock an account; 0, Keystone's default, never locks. */
  lockoutAttempts: z.int().min(0),
  lockoutSeconds: z.number().min(0),
  /** Time in which Monasca's middleware trusts a validated token whatever changes in Keystone. */
  middlewareCacheSeconds: z.number().min(0),
});

export type Settings = z.infer<typeof settingsSchema>;

export const defaultSettings: Readonly<Settings> = {
  tokenLifetimeSeconds: 3600,
  lockoutAttempts: 0,
  lockoutSeconds: 1800,
  middlewareCacheSeconds: 0,
};

/** One Keystone with its state, settings and clock. */
export type Keystone = {
  state: KeystoneState;
  settings: Settings;
  /** Failed logins and locks by user id, in memory only. */
  failures: Map<string, { count: number; lockedUntilMs: number }>;
  /** Epoch milliseconds. */
  now(): number;
};
