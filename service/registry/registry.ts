import { defined } from '../contract/defined.ts';
import {
  type Component,
  type Identity,
  type InstanceRecord,
  type InstanceState,
  instanceStates,
} from '../contract/instance.ts';
import { Columns, field, fieldNames } from './columns.ts';
import { Components, type StateCounts } from './components.ts';
import { DirtyRefs } from './dirty-refs.ts';
import { Gaps } from './gaps.ts';
import { HashTable, hashText } from './hash-table.ts';
import { type SenderClock, SenderClocks, type SkewCounts } from './sender-clocks.ts';
import { Texts } from './texts.ts';
import { TimingWheel } from './timing-wheel.ts';

/**
 * A small integer for one known instance: valid from `add` until `remove`, then used for another.
 * Other rooms keep columns of their own by it.
 */
export type Ref = number;

const stateNumbers: Readonly<Record<InstanceState, number>> = {
  up: 0,
  late: 1,
  down: 2,
  retired: 3,
};

export const createRegistry = (): Registry => new Registry();

/**
 * Every known instance, its last heartbeat and its state; in memory, made for a million.
 *
 * The result for a ref that is not valid is undefined data, not an error: the registry trusts the
 * evaluator.
 */
export class Registry {
  /** Times between heartbeats of one instance, noted by `touch`. */
  readonly gaps = new Gaps();

  readonly #seed = Math.trunc(Math.random() * 2 ** 32);
  readonly #components = new Components();
  readonly #table = new HashTable();
  readonly #wheel = new TimingWheel();
  readonly #columns = new Columns();
  readonly #texts = new Texts();
  readonly #dirty = new DirtyRefs();
  readonly #clocks = new SenderClocks();
  /** Only instances of a few protocols have one. */
  readonly #senderTimes = new Map<Ref, string>();
  readonly #free: Ref[] = [];
  /** One more than the greatest ref that was ever valid. */
  #refBound = 0;

  get size(): number {
    return this.#refBound - this.#free.length;
  }

  find = ({ name, version, instance }: Identity): Ref | undefined => {
    const owner = this.#components.find(name, version);
    if (owner === undefined) return undefined;
    const [columns, table] = [this.#columns, this.#table];
    const hash = this.#hashOf(owner, instance);
    for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
      const ref = table.valueAt(slot);
      if (columns.component(ref) === owner && this.#texts.equals(columns.text(ref), instance)) {
        return ref;
      }
    }
    return undefined;
  };

  /**
   * Adds an instance whose identity is unknown. It is dirty and has no deadline. Throws a RangeError
   * beyond 16,777,216 instances.
   */
  add(record: InstanceRecord): Ref {
    const ref = this.restore(record);
    this.#dirty.add(ref);
    return ref;
  }

  /** Adds an instance from the disk: it is not dirty. */
  restore(record: InstanceRecord): Ref {
    const columns = this.#columns;
    const ref = this.#free.pop() ?? this.#refBound++;
    columns.makeRoom(ref + 1);
    this.#wheel.makeRoom(ref + 1);
    this.#dirty.makeRoom(ref + 1);
    const index = this.#components.intern(record.name, record.version);
    this.#components.enter(index, stateNumbers[record.state]);
    this.#table.insert(this.#hashOf(index, record.instance), ref);
    columns.setText(ref, this.#texts.put(record.instance));
    columns.setComponent(ref, index);
    columns.setState(ref, stateNumbers[record.state]);
    columns.setFlags(ref, record.flags);
    columns.setIntervalSeconds(ref, record.intervalSeconds);
    for (const name of fieldNames) columns.write(ref, field[name], record[name]);
    if (record.senderTime !== undefined) this.#senderTimes.set(ref, record.senderTime);
    const { clockOffsetMs: offsetMs } = record;
    if (offsetMs !== 0) this.#writeClock(ref, { offsetMs, suspect: undefined });
    return ref;
  }

  remove(ref: Ref): void {
    const columns = this.#columns;
    this.#table.remove(this.#hashOf(columns.component(ref), this.identity(ref).instance), ref);
    this.#texts.drop(columns.text(ref));
    columns.setText(ref, 0);
    this.#components.leave(columns.component(ref), columns.state(ref));
    if (columns.hasClock(ref)) this.#writeClock(ref, undefined);
    this.#senderTimes.delete(ref);
    this.#wheel.unschedule(ref);
    this.#dirty.remove(ref);
    this.#free.push(ref);
  }

  /** Notes a heartbeat: a few stores into columns, and the instance is dirty. */
  touch(ref: Ref, lastHeardMs: number, receivedAtMs: number, seq: number): void {
    const columns = this.#columns;
    this.gaps.note(receivedAtMs - columns.read(ref, field.receivedAtMs));
    columns.write(ref, field.lastHeardMs, lastHeardMs);
    columns.write(ref, field.receivedAtMs, receivedAtMs);
    columns.write(ref, field.lastSeq, seq);
    this.#dirty.add(ref);
  }

  identity = (ref: Ref): Identity => {
    if (!this.#isKnown(ref)) throw new RangeError(`no instance has the ref ${ref}`);
    const { name, version } = this.#components.at(this.#columns.component(ref));
    return { name, version, instance: this.#texts.get(this.#columns.text(ref)) };
  };

  record = (ref: Ref): InstanceRecord => ({
    ...this.identity(ref),
    state: this.state(ref),
    flags: this.flags(ref),
    id: this.id(ref),
    stateSinceMs: this.stateSinceMs(ref),
    firstSeenMs: this.firstSeenMs(ref),
    receivedAtMs: this.receivedAtMs(ref),
    lastHeardMs: this.lastHeardMs(ref),
    intervalSeconds: this.intervalSeconds(ref),
    lastSeq: this.lastSeq(ref),
    clockOffsetMs: this.clockOffsetMs(ref),
    ...defined({ senderTime: this.senderTime(ref) }),
  });

  state = (ref: Ref): InstanceState => instanceStates[this.#columns.state(ref)] ?? 'up';
  id = (ref: Ref): number => this.#columns.read(ref, field.id);
  stateSinceMs = (ref: Ref): number => this.#columns.read(ref, field.stateSinceMs);
  firstSeenMs = (ref: Ref): number => this.#columns.read(ref, field.firstSeenMs);
  receivedAtMs = (ref: Ref): number => this.#columns.read(ref, field.receivedAtMs);
  lastHeardMs = (ref: Ref): number => this.#columns.read(ref, field.lastHeardMs);
  intervalSeconds = (ref: Ref): number => this.#columns.intervalSeconds(ref);
  lastSeq = (ref: Ref): number => this.#columns.read(ref, field.lastSeq);
  flags = (ref: Ref): number => this.#columns.flags(ref);

  /** Time by which the sender's clock is behind; negative when ahead, 0 when right or not known. */
  clockOffsetMs = (ref: Ref): number =>
    this.#columns.hasClock(ref) ? this.#clocks.offsetMs(ref) : 0;

  /** Undefined while nothing is known of the sender's clock, as of most: then it is cheap. */
  clock(ref: Ref): SenderClock | undefined {
    return this.#columns.hasClock(ref) ? this.#clocks.read(ref) : undefined;
  }

  /** Number of instances whose clock is wrong. */
  get skewed(): SkewCounts {
    return this.#clocks.counts;
  }

  /** Makes the instance dirty, as all setters do. */
  setState(ref: Ref, to: InstanceState, sinceMs: number): void {
    const columns = this.#columns;
    // Entered first: a component without instances in between would be deleted.
    this.#components.enter(columns.component(ref), stateNumbers[to]);
    this.#components.leave(columns.component(ref), columns.state(ref));
    columns.setState(ref, stateNumbers[to]);
    columns.write(ref, field.stateSinceMs, sinceMs);
    this.#dirty.add(ref);
  }

  /** Kept to the millisecond. */
  setIntervalSeconds(ref: Ref, seconds: number): void {
    this.#columns.setIntervalSeconds(ref, seconds);
    this.#dirty.add(ref);
  }

  setFlags(ref: Ref, flags: number): void {
    this.#columns.setFlags(ref, flags);
    this.#dirty.add(ref);
  }

  setClock(ref: Ref, clock: SenderClock): void {
    const isDirty = clock.offsetMs !== this.clockOffsetMs(ref);
    this.#writeClock(ref, clock.offsetMs === 0 && !clock.suspect ? undefined : clock);
    if (isDirty) this.#dirty.add(ref);
  }

  senderTime = (ref: Ref): string | undefined => this.#senderTimes.get(ref);

  setSenderTime(ref: Ref, text: string): void {
    this.#senderTimes.set(ref, text);
    this.#dirty.add(ref);
  }

  /** Index of the instance's component. */
  component = (ref: Ref): number => this.#columns.component(ref);

  /** Undefined while no instance of it is known. */
  findComponent(name: string, version: string): number | undefined {
    return this.#components.find(name, version);
  }

  componentOf = (index: number): Component => this.#components.at(index);

  /** Indexes of all components that have instances now. */
  components(): Iterable<number> {
    return this.#components.indexes();
  }

  /** Counts of one component, or of all instances. */
  counts(component?: number): StateCounts {
    return this.#components.counts(component);
  }

  /**
   * The known instance with the least ref above `ref`; begin with -1, undefined at the end. An
   * instance that is known during a whole walk is visited exactly once, whatever else changes.
   */
  next(ref: Ref): Ref | undefined {
    for (let after = ref + 1; after < this.#refBound; after++) {
      if (this.#isKnown(after)) return after;
    }
    return undefined;
  }

  /**
   * Sets or moves the deadline: O(1). Moved at each heartbeat, it makes advancing time cheap; left
   * until it is due, it costs the heartbeat nothing.
   */
  schedule(ref: Ref, deadlineMs: number): void {
    this.#wheel.schedule(ref, deadlineMs);
  }

  /**
   * Returns at most `limit` instances whose deadline has passed, which are then no longer scheduled.
   * If the limit is reached, there may be more. `nowMs` must never be less than before.
   */
  takeDue(nowMs: number, limit = Number.POSITIVE_INFINITY): Ref[] {
    return this.#wheel.takeDue(nowMs, limit);
  }

  /** Marks an instance of `takeDirty` that could not be written. */
  markDirty(ref: Ref): void {
    this.#dirty.add(ref);
  }

  get dirtyCount(): number {
    return this.#dirty.count;
  }

  /** Returns up to `limit` dirty instances, which are then clean until they change. */
  takeDirty(limit = Number.POSITIVE_INFINITY): Ref[] {
    return this.#dirty.take(limit);
  }

  #writeClock(ref: Ref, clock: SenderClock | undefined): void {
    this.#columns.setHasClock(ref, clock !== undefined);
    this.#clocks.write(ref, clock);
  }

  #hashOf(owner: number, instance: string): number {
    return hashText(this.#seed ^ owner, instance);
  }

  #isKnown(ref: Ref): boolean {
    return this.#columns.text(ref) !== 0;
  }
}
