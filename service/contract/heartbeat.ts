/**
 * A heartbeat: one "I am alive" of one instance of one component, as it is kept.
 *
 * Which instance it speaks of is the triple (`name`, `version`, `instance`): two containers of the
 * same component differ in `instance` alone, a redeployment in `version` or `instance`.
 */
export type Heartbeat = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** When the emitter says it was alive; epoch milliseconds. Goes to Monasca and to the ledger. */
  readonly timestampMs: number;
  /** When we heard it; epoch milliseconds. Decides whether the instance counts as alive. */
  readonly receivedAtMs: number;
  /** The seconds that the emitter promises to let pass until its next heartbeat. */
  readonly intervalSeconds?: number;
  /** `stopping` is a goodbye: the instance ends on purpose. Absent means `ok`. */
  readonly status?: 'stopping';
  /** Up to 16 short strings that travel to Monasca as the measurement's `value_meta`. */
  readonly meta?: Readonly<Record<string, string>>;
};

/** The bounds of a heartbeat, the same for every protocol that brings one. */
export const heartbeatLimits = {
  identityCharacters: 255,
  metaPairs: 16,
  metaKeyCharacters: 255,
  /** Monasca's own bound: the whole `value_meta` written as JSON. */
  metaJsonCharacters: 2048,
  /** One week: an emitter that beats more rarely is not watched but archived. */
  intervalSeconds: { min: 1, max: 604_800 },
} as const;
