/** A component: a name in one version. */
export type Component = { readonly name: string; readonly version: string };

/** The identity of an instance: the triple that a heartbeat carries. */
export type Identity = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/** Text that two components share only when name and version are equal. */
export const componentKey = ({ name, version }: Component): string =>
  JSON.stringify([name, version]);

/** Text that two instances share only when all three parts of their identity are equal. */
export const identityKey = ({ name, version, instance }: Identity): string =>
  JSON.stringify([name, version, instance]);

/**
 * State of an instance. `late`: its heartbeat is overdue; `down`: overdue for longer than the second
 * threshold; `retired`: it reported that it stops, or a client retired it.
 */
export const instanceStates = ['up', 'late', 'down', 'retired'] as const;
export type InstanceState = (typeof instanceStates)[number];

/** Seconds of absence after which an instance is late, and down. */
export type Thresholds = { readonly lateSeconds: number; readonly downSeconds: number };

/**
 * Origin of the thresholds of an instance: a rule of the configuration with its patterns, the rule of
 * a profile, the interval that the emitter declared, or the defaults.
 */
export type ThresholdSource =
  | { readonly from: 'rule'; readonly name: string; readonly version: string }
  | { readonly from: 'profile' | 'interval' | 'defaults' };

/** State of one instance. Times are epoch milliseconds unless they say otherwise. */
export type InstanceRecord = Identity & {
  /**
   * The number of the heartbeat that made the instance known: never used twice, and the same when
   * the heartbeats are applied again after a crash. An instance that was forgotten and returns
   * has a new one.
   */
  readonly id: number;
  readonly state: InstanceState;
  readonly stateSinceMs: number;
  readonly firstSeenMs: number;
  /** Receipt of the last heartbeat by the wall clock, for people. */
  readonly receivedAtMs: number;
  /** The same in logical milliseconds (time in which we could listen): decides liveness. */
  readonly lastHeardMs: number;
  /** The declared interval, 0 when none was; kept to the millisecond. */
  readonly intervalSeconds: number;
  /** The number of the last heartbeat that was applied to this instance. */
  readonly lastSeq: number;
  /** Eight bits whose meaning is that of `liveness`, apart from `notOkFlag`. */
  readonly flags: number;
  /** Time by which the sender's clock is behind; negative when ahead, 0 when right or not known. */
  readonly clockOffsetMs: number;
  /** The sender's own text of the time of its last heartbeat, where its protocol has one. */
  readonly senderTime?: string | undefined;
};

/** The flag of an instance whose last heartbeat has the status `not_ok`. */
export const notOkFlag = 0b0010_0000;

/** Seconds by which the clock of a sender is ahead; negative when it is behind. */
export const skewSecondsOf = (clockOffsetMs: number): number => Math.round(-clockOffsetMs / 1_000);
