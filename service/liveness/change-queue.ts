import type { LivenessEvent } from '../contract/event.ts';
import type { Ref } from '../registry/registry.ts';
import { StoreUnavailable } from '../store/failure.ts';

/**
 * What has to be on disk together: in one transaction, or not at all. First what is removed, then
 * the rows as they are now, for an identity that was removed may be there again.
 */
export type Change = {
  readonly events: readonly LivenessEvent[];
  /** The ids (`InstanceRecord.id`) of instances that are forgotten. */
  readonly removed: readonly number[];
  /** The instances whose rows the events speak of. */
  readonly refs: readonly Ref[];
  /** What liveness keeps beside the rows; undefined deletes. */
  readonly settings: ReadonlyMap<string, string | undefined>;
  /** How many of the dirty rows go with it, beside those. */
  readonly dirtyRows: number;
  /** Whether, with these, everything is on disk: the cursor of the heartbeats applied goes along. */
  readonly isCheckpoint: boolean;
};

/**
 * Resolves when the change is on disk; throws `StoreUnavailable` when nothing of it is. Rows are
 * read before the first pause: later they may be ahead of events that still wait.
 */
export type Commit = (change: Change) => Promise<void>;

/**
 * Events and what belongs to them, on their way to the disk.
 *
 * Guarantees:
 *  - one commit is under way at a time, and each takes everything that waits: so an event is on
 *    disk before or together with any row that is ahead of it;
 *  - what a commit failed to write stays, in its order, and goes with the next.
 */
export type ChangeQueue = {
  add(event: LivenessEvent, ref?: Ref): void;
  /** The row must be written no later than the next event, unless `isBehind`. */
  touch(ref: Ref): void;
  /** The instance is forgotten: its ref stands for nobody from now on. */
  remove(ref: Ref, id: number): void;
  set(key: string, value: string | undefined): void;
  /** So much waits that no more should be told until it is written. */
  readonly isFull: boolean;
  readonly events: number;
  /** So many rows were touched that some were left out: until the next checkpoint. */
  readonly isBehind: boolean;
  /**
   * Writes what waits, and rows or a checkpoint even when nothing does. Resolves with nothing when
   * all that waited at the call is on disk, else with why it is not.
   */
  flush(extent?: Extent): Promise<StoreUnavailable | undefined>;
};

/** What is written beside what waits: nothing, a part of the dirty rows, all of them. */
export type Extent = 'events' | 'rows' | 'checkpoint';

/** Events that wait in memory for a store that is unwell. */
const mostEvents = 50_000;
/** Rows in one commit: who waits for an acknowledgement waits for it. */
export const rowsPerCommit = 2_000;
const dirtyRows = { events: 0, rows: rowsPerCommit, checkpoint: Number.POSITIVE_INFINITY };

export function createChangeQueue(options: {
  commit: Commit;
  /** Settings that go with every commit: the logical clock. */
  always: (isCheckpoint: boolean) => readonly (readonly [string, string])[];
}): ChangeQueue {
  let events: LivenessEvent[] = [];
  let removed: number[] = [];
  let refs = new Set<Ref>();
  let settings = new Map<string, string | undefined>();
  let underWay:
    | { readonly refs: Set<Ref>; readonly done: Promise<StoreUnavailable | undefined> }
    | undefined;
  let isSoon = false;
  let isFailing = false;
  let isBehind = false;

  const isEmpty = () => events.length + removed.length + refs.size + settings.size === 0;

  async function write(extent: Extent, theirs: Set<Ref>) {
    const isCheckpoint = extent === 'checkpoint';
    for (const [key, value] of options.always(isCheckpoint)) settings.set(key, value);
    const mine = { events, removed, settings };
    events = [];
    removed = [];
    settings = new Map();
    refs = new Set();
    try {
      await options.commit({
        ...mine,
        refs: [...theirs],
        dirtyRows: dirtyRows[extent],
        isCheckpoint,
      });
      isFailing = false;
      if (isCheckpoint) isBehind = false;
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      isFailing = true;
      events = [...mine.events, ...events];
      removed = [...mine.removed, ...removed];
      settings = new Map([...mine.settings, ...settings]);
      for (const ref of theirs) refs.add(ref);
      return error;
    } finally {
      underWay = undefined;
    }
  }

  async function flush(extent: Extent = 'events') {
    while (underWay) await underWay.done;
    if (extent === 'events' && isEmpty()) return undefined;
    const theirs = refs;
    const done = write(extent, theirs);
    underWay = { refs: theirs, done };
    return done;
  }

  /** At the end of this turn of the event loop; while the store fails, at the next tick. */
  function soon(): void {
    if (isSoon || isFailing) return;
    isSoon = true;
    setImmediate(() => {
      isSoon = false;
      if (!isFailing) void flush();
    });
  }

  return {
    add(event, ref) {
      events.push(event);
      if (ref !== undefined) refs.add(ref);
      soon();
    },
    touch(ref) {
      if (refs.size < rowsPerCommit) refs.add(ref);
      else isBehind = true;
    },
    remove(ref, id) {
      refs.delete(ref);
      underWay?.refs.delete(ref);
      removed.push(id);
    },
    set: (key, value) => void settings.set(key, value),
    get isFull() {
      return events.length >= mostEvents;
    },
    get events() {
      return events.length;
    },
    get isBehind() {
      return isBehind;
    },
    flush,
  };
}
