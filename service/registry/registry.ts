import {
  type Identity,
  type InstanceRecord,
  type InstanceState,
  instanceStates,
} from '../contract/instance.ts';
import {
  field,
  fieldNames,
  fieldsPerRow,
  longerBytes,
  longerFloats,
  longerIntegers,
  roomFor,
} from './columns.ts';
import { type Component, createComponents, type StateCounts } from './components.ts';
import { createDirtyRefs } from './dirty-refs.ts';
import { createHashTable, hashText } from './hash-table.ts';
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
  /** The identity must be unknown. The new instance is dirty and has no deadline. */
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
  const dirty = createDirtyRefs();

  /** By ref; undefined where no instance is known. */
  const instances: (string | undefined)[] = [];
  const free: Ref[] = [];
  let rows = new Float64Array(0);
  let owners = new Uint32Array(0);
  let states = new Uint8Array(0);
  let flagBits = new Uint8Array(0);
  let size = 0;

  function makeRoom(refs: number): void {
    if (refs <= owners.length) return;
    const room = roomFor(refs, owners.length);
    rows = longerFloats(rows, room * fieldsPerRow);
    owners = longerIntegers(owners, room);
    states = longerBytes(states, room);
    flagBits = longerBytes(flagBits, room);
    wheel.fit(room);
    dirty.fit(room);
  }

  const hashOf = (owner: number, instance: string) => hashText(seed ^ owner, instance);

  function find({ name, version, instance }: Identity): Ref | undefined {
    const owner = components.find(name, version);
    if (owner === undefined) return undefined;
    const hash = hashOf(owner, instance);
    for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
      const ref = table.valueAt(slot);
      if (owners[ref] === owner && instances[ref] === instance) return ref;
    }
    return undefined;
  }

  const read = (ref: Ref, at: number) => rows[ref * fieldsPerRow + at] ?? 0;
  const owner = (ref: Ref) => owners[ref] ?? 0;

  function write(ref: Ref, at: number, value: number): void {
    rows[ref * fieldsPerRow + at] = value;
    dirty.add(ref);
  }

  function instanceOf(ref: Ref): string {
    const instance = instances[ref];
    if (instance === undefined) throw new RangeError(`no instance has the ref ${ref}`);
    return instance;
  }

  const identity = (ref: Ref): Identity => {
    const { name, version } = components.at(owner(ref));
    return { name, version, instance: instanceOf(ref) };
  };
  const state = (ref: Ref) => instanceStates[states[ref] ?? 0] ?? 'up';
  const flags = (ref: Ref) => flagBits[ref] ?? 0;

  function restore(record: InstanceRecord): Ref {
    const ref = free.pop() ?? instances.length;
    makeRoom(ref + 1);
    const index = components.intern(record.name, record.version);
    components.enter(index, stateNumbers[record.state]);
    table.insert(hashOf(index, record.instance), ref);
    instances[ref] = record.instance;
    owners[ref] = index;
    states[ref] = stateNumbers[record.state];
    flagBits[ref] = record.flags;
    for (const name of fieldNames) rows[ref * fieldsPerRow + field[name]] = record[name];
    size++;
    return ref;
  }

  return {
    get size() {
      return size;
    },
    get refBound() {
      return instances.length;
    },
    find,

    add(record) {
      const ref = restore(record);
      dirty.add(ref);
      return ref;
    },
    restore,

    remove(ref) {
      table.remove(hashOf(owner(ref), instanceOf(ref)), ref);
      components.leave(owner(ref), states[ref] ?? 0);
      wheel.unschedule(ref);
      dirty.remove(ref);
      instances[ref] = undefined;
      free.push(ref);
      size--;
    },

    touch(ref, lastHeardMs, receivedAtMs, seq) {
      const row = ref * fieldsPerRow;
      rows[row + field.lastHeardMs] = lastHeardMs;
      rows[row + field.receivedAtMs] = receivedAtMs;
      rows[row + field.lastSeq] = seq;
      dirty.add(ref);
    },

    identity,
    record: (ref) => ({
      ...identity(ref),
      state: state(ref),
      flags: flags(ref),
      id: read(ref, field.id),
      stateSinceMs: read(ref, field.stateSinceMs),
      firstSeenMs: read(ref, field.firstSeenMs),
      receivedAtMs: read(ref, field.receivedAtMs),
      lastHeardMs: read(ref, field.lastHeardMs),
      intervalSeconds: read(ref, field.intervalSeconds),
      lastSeq: read(ref, field.lastSeq),
    }),
    id: (ref) => read(ref, field.id),
    state,
    stateSinceMs: (ref) => read(ref, field.stateSinceMs),
    firstSeenMs: (ref) => read(ref, field.firstSeenMs),
    receivedAtMs: (ref) => read(ref, field.receivedAtMs),
    lastHeardMs: (ref) => read(ref, field.lastHeardMs),
    intervalSeconds: (ref) => read(ref, field.intervalSeconds),
    lastSeq: (ref) => read(ref, field.lastSeq),
    flags,

    setState(ref, to, sinceMs) {
      // Entered first: a component that were empty in between would be forgotten.
      components.enter(owner(ref), stateNumbers[to]);
      components.leave(owner(ref), states[ref] ?? 0);
      states[ref] = stateNumbers[to];
      write(ref, field.stateSinceMs, sinceMs);
    },
    setIntervalSeconds: (ref, seconds) => write(ref, field.intervalSeconds, seconds),
    setFlags(ref, bits) {
      flagBits[ref] = bits;
      dirty.add(ref);
    },

    component: owner,
    findComponent: components.find,
    componentOf: components.at,
    components: components.indexes,
    counts: components.counts,

    next(ref) {
      for (let after = ref + 1; after < instances.length; after++) {
        if (instances[after] !== undefined) return after;
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
