import type { Component } from '../contract/instance.ts';
import {
  type Identity,
  type InstanceRecord,
  type InstanceState,
  instanceStates,
} from '../contract/instance.ts';
import { createColumns, field, fieldNames } from './columns.ts';
import { createComponents, type StateCounts } from './components.ts';
import { createDirtyRefs } from './dirty-refs.ts';
import { createGaps, type Gaps } from './gaps.ts';
import { createHashTable, hashText } from './hash-table.ts';
import { createTexts } from './texts.ts';
import { createTimingWheel } from './timing-wheel.ts';

/**
 * A small integer that stands for one known instance: valid from `add` until `remove`, then given
 * to another. Other rooms keep columns of their own by it.
 */
export type Ref = number;

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
  /**
   * The identity must be unknown. The new instance is dirty and has no deadline. Throws a
   * RangeError beyond 16,777,216 instances.
   */
  add(record: InstanceRecord): Ref;
  /** The same for what comes from the disk: it is not dirty. */
  restore(record: InstanceRecord): Ref;
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
  /** Kept to the millisecond. */
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
  /** How much time lay between heartbeats of one instance, as `touch` saw it. */
  readonly gaps: Gaps;

  /**
   * The known instance with the least ref above `ref`; begin with -1, undefined at the end. Who is
   * known during a whole walk is met exactly once, whatever else comes and goes.
   */
  next(ref: Ref): Ref | undefined;

  /**
   * Sets the deadline, or moves it: O(1). Moved at each heartbeat, it costs time passing nothing
   * for those who are well; left until it falls due, it costs the heartbeat nothing.
   */
  schedule(ref: Ref, deadlineMs: number): void;
  unschedule(ref: Ref): void;
  /**
   * The instances whose deadline has passed, at most `limit` of them: they are no longer
   * scheduled. When as many as the limit are given, there may be more. Never call it with less
   * than before.
   */
  takeDue(nowMs: number, limit?: number): Ref[];

  isDirty(ref: Ref): boolean;
  /** For what was taken, and could not be written. */
  markDirty(ref: Ref): void;
  readonly dirtyCount: number;
  /** Up to `limit` dirty instances, each of which is clean from now on until it changes. */
  takeDirty(limit?: number): Ref[];
};

const stateNumbers: Readonly<Record<InstanceState, number>> = {
  up: 0,
  late: 1,
  down: 2,
  retired: 3,
};

export function createRegistry(): Registry {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  const components = createComponents();
  const table = createHashTable();
  const wheel = createTimingWheel();
  const columns = createColumns();
  const texts = createTexts();
  const dirty = createDirtyRefs();
  const gaps = createGaps();

  const free: Ref[] = [];
  let refBound = 0;

  const hashOf = (owner: number, instance: string) => hashText(seed ^ owner, instance);

  function find({ name, version, instance }: Identity): Ref | undefined {
    const owner = components.find(name, version);
    if (owner === undefined) return undefined;
    const hash = hashOf(owner, instance);
    for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
      const ref = table.valueAt(slot);
      if (columns.component(ref) === owner && texts.equals(columns.text(ref), instance)) return ref;
    }
    return undefined;
  }

  function change(ref: Ref, place: number, value: number): void {
    columns.write(ref, place, value);
    dirty.add(ref);
  }

  const isKnown = (ref: Ref) => columns.text(ref) !== 0;

  function identity(ref: Ref): Identity {
    if (!isKnown(ref)) throw new RangeError(`no instance has the ref ${ref}`);
    const { name, version } = components.at(columns.component(ref));
    return { name, version, instance: texts.get(columns.text(ref)) };
  }

  const state = (ref: Ref) => instanceStates[columns.state(ref)] ?? 'up';

  function restore(record: InstanceRecord): Ref {
    const ref = free.pop() ?? refBound++;
    columns.makeRoom(ref + 1);
    wheel.makeRoom(ref + 1);
    dirty.makeRoom(ref + 1);
    const index = components.intern(record.name, record.version);
    components.enter(index, stateNumbers[record.state]);
    table.insert(hashOf(index, record.instance), ref);
    columns.setText(ref, texts.put(record.instance));
    columns.setComponent(ref, index);
    columns.setState(ref, stateNumbers[record.state]);
    columns.setFlags(ref, record.flags);
    columns.setIntervalSeconds(ref, record.intervalSeconds);
    for (const name of fieldNames) columns.write(ref, field[name], record[name]);
    return ref;
  }

  return {
    get size() {
      return refBound - free.length;
    },
    get refBound() {
      return refBound;
    },
    find,

    add(record) {
      const ref = restore(record);
      dirty.add(ref);
      return ref;
    },
    restore,

    remove(ref) {
      table.remove(hashOf(columns.component(ref), identity(ref).instance), ref);
      texts.drop(columns.text(ref));
      columns.setText(ref, 0);
      components.leave(columns.component(ref), columns.state(ref));
      wheel.unschedule(ref);
      dirty.remove(ref);
      free.push(ref);
    },

    touch(ref, lastHeardMs, receivedAtMs, seq) {
      gaps.note(receivedAtMs - columns.read(ref, field.receivedAtMs));
      columns.write(ref, field.lastHeardMs, lastHeardMs);
      columns.write(ref, field.receivedAtMs, receivedAtMs);
      columns.write(ref, field.lastSeq, seq);
      dirty.add(ref);
    },

    identity,
    record: (ref) => ({
      ...identity(ref),
      state: state(ref),
      flags: columns.flags(ref),
      id: columns.read(ref, field.id),
      stateSinceMs: columns.read(ref, field.stateSinceMs),
      firstSeenMs: columns.read(ref, field.firstSeenMs),
      receivedAtMs: columns.read(ref, field.receivedAtMs),
      lastHeardMs: columns.read(ref, field.lastHeardMs),
      intervalSeconds: columns.intervalSeconds(ref),
      lastSeq: columns.read(ref, field.lastSeq),
    }),
    id: (ref) => columns.read(ref, field.id),
    state,
    stateSinceMs: (ref) => columns.read(ref, field.stateSinceMs),
    firstSeenMs: (ref) => columns.read(ref, field.firstSeenMs),
    receivedAtMs: (ref) => columns.read(ref, field.receivedAtMs),
    lastHeardMs: (ref) => columns.read(ref, field.lastHeardMs),
    intervalSeconds: columns.intervalSeconds,
    lastSeq: (ref) => columns.read(ref, field.lastSeq),
    flags: columns.flags,

    setState(ref, to, sinceMs) {
      // Entered first: a component that were empty in between would be forgotten.
      components.enter(columns.component(ref), stateNumbers[to]);
      components.leave(columns.component(ref), columns.state(ref));
      columns.setState(ref, stateNumbers[to]);
      change(ref, field.stateSinceMs, sinceMs);
    },
    setIntervalSeconds(ref, seconds) {
      columns.setIntervalSeconds(ref, seconds);
      dirty.add(ref);
    },
    setFlags(ref, bits) {
      columns.setFlags(ref, bits);
      dirty.add(ref);
    },

    component: columns.component,
    findComponent: components.find,
    componentOf: components.at,
    components: components.indexes,
    counts: components.counts,
    gaps,

    next(ref) {
      for (let after = ref + 1; after < refBound; after++) {
        if (isKnown(after)) return after;
      }
      return undefined;
    },

    schedule: wheel.schedule,
    unschedule: wheel.unschedule,
    takeDue: (nowMs, limit = Number.POSITIVE_INFINITY) => wheel.takeDue(nowMs, limit),

    isDirty: dirty.has,
    get dirtyCount() {
      return dirty.count;
    },
    markDirty: dirty.add,
    takeDirty: (limit = Number.POSITIVE_INFINITY) => dirty.take(limit),
  };
}
