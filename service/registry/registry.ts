import type { Identity, InstanceRecord, InstanceState } from '../contract/instance.ts';

/**
 * A small integer that stands for one known instance: valid from `add` until `remove`, then given
 * to another. Other rooms keep columns of their own by it.
 */
export type Ref = number;

/** A component: a name in one version. Its index is valid while it has instances. */
export type Component = Pick<Identity, 'name' | 'version'>;

/** How many instances are in each state. */
export type StateCounts = Readonly<Record<InstanceState, number>>;

/**
 * Every instance that is known, its last heartbeat and its state; in memory, made for a million.
 *
 * A ref that is not valid gives garbage, not an error: the registry trusts the evaluator.
 */
export type Registry = {
  readonly size: number;
  /** One more than the greatest ref that was ever valid: how long a column by ref has to be. */
  readonly refBound: number;

  find(identity: Identity): Ref | undefined;
  /** The identity must be unknown. The new instance is dirty and has no deadline. */
  add(record: InstanceRecord): Ref;
  remove(ref: Ref): void;

  /** Notes a heartbeat: a few stores into columns, which also make the instance dirty. */
  touch(ref: Ref, lastHeardMs: number, receivedAtMs: number, seq: number): void;

  identity(ref: Ref): Identity;
  record(ref: Ref): InstanceRecord;
  id(ref: Ref): number;
  state(ref: Ref): InstanceState;
  stateSinceMs(ref: Ref): number;
  firstSeenMs(ref: Ref): number;
  receivedAtMs(ref: Ref): number;
  lastHeardMs(ref: Ref): number;
  intervalSeconds(ref: Ref): number;
  lastSeq(ref: Ref): number;
  flags(ref: Ref): number;

  /** Setters make the instance dirty. */
  setState(ref: Ref, state: InstanceState, sinceMs: number): void;
  setIntervalSeconds(ref: Ref, seconds: number): void;
  setFlags(ref: Ref, flags: number): void;

  /** The index of the instance's component. */
  component(ref: Ref): number;
  /** Undefined while no instance of it is known. */
  findComponent(name: string, version: string): number | undefined;
  componentOf(index: number): Component;
  /** The indexes of all components that have instances now. */
  components(): Iterable<number>;
  /** Of one component, or of all instances. */
  counts(component?: number): StateCounts;

  /**
   * The known instance with the least ref above `ref`; begin with -1, undefined at the end. Who is
   * known during a whole walk is met exactly once, whatever else comes and goes.
   */
  next(ref: Ref): Ref | undefined;

  /** Sets the deadline, or moves it: O(1), and cheap enough to be done at each heartbeat. */
  schedule(ref: Ref, deadlineMs: number): void;
  unschedule(ref: Ref): void;
  /**
   * The instances whose deadline has passed, at most `limit` of them: they are no longer
   * scheduled. Deadlines are kept in seconds, rounded up. Time never goes back between calls.
   */
  takeDue(nowMs: number, limit?: number): Ref[];

  isDirty(ref: Ref): boolean;
  readonly dirtyCount: number;
  /** Up to `limit` dirty instances, each of which is clean from now on until it changes. */
  takeDirty(limit?: number): Ref[];
};
