/**
 * A heartbeat: one "I am alive" of one instance of one component, as it is stored.
 *
 * The identity of the instance is the triple (`name`, `version`, `instance`): two containers of the
 * same component differ in `instance` alone, a redeployment in `version` or `instance`.
 */
export type Heartbeat = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** Time stated by the emitter, in epoch ms. Goes to Monasca and to the ledger. */
  readonly timestampMs: number;
  /** Time of receipt in epoch ms. Decides whether the instance counts as alive. */
  readonly receivedAtMs: number;
  /** Seconds until the emitter's next heartbeat, as it declares. */
  readonly intervalSeconds?: number;
  /**
   * `stopping`: the instance ends on purpose. `not_ok`: it is alive, and something is wrong with it.
   * Absent means `ok`.
   */
  readonly status?: 'stopping' | 'not_ok';
  /** What is wrong, in one line for people; only with `not_ok`. */
  readonly message?: string;
  /**
   * Time by which the clock of the emitter is behind, as the heartbeat itself shows it; negative when
   * ahead. Absent when it does not show it, or when the clock and the timestamp are right.
   */
  readonly clockOffsetMs?: number;
  /** It came through a message broker and is old: it may have waited there. */
  readonly mayHaveWaited?: true;
  /** Up to 16 short strings that Monasca gets as the measurement's `value_meta`. */
  readonly meta?: Readonly<Record<string, string>>;
};

/** A clock that is wrong by more counts as skewed. */
export const minSkewMs = 60_000;

/** Limits of a heartbeat, the same for every protocol. */
export const heartbeatLimits = {
  identityCharacters: 255,
  /** A longer message is cut. */
  messageCharacters: 500,
  metaPairs: 16,
  metaKeyCharacters: 255,
  /** Monasca's limit for the whole `value_meta` as JSON. */
  metaJsonCharacters: 2048,
  /** At most one week. */
  intervalSeconds: { min: 1, max: 604_800 },
} as const;
