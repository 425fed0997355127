import type { LivenessEvent } from '../contract/event.ts';
import type { Ref } from '../registry/registry.ts';
import { StoreUnavailable } from '../store/failure.ts';

/**
 * What has to be on disk together: in one transaction, or not at all. First what is removed, then
 * the rows as they are now, because an identity that was removed may be there again.
 */
export type ChangeSet = {
  readonly events: readonly LivenessEvent[];
  /** The ids (`InstanceRecord.id`) of instances that are forgotten. */
  readonly removed: readonly number[];
  /** The instances of the events. */
  readonly refs: readonly Ref[];
  /** What liveness keeps beside the rows; undefined deletes. */
  readonly settings: ReadonlyMap<string, string | undefined>;
  /** Number of dirty rows that are written beside the rows of `refs`. */
  readonly dirtyRows: number;
  /** Whether everything is on disk with these rows: the cursor of the heartbeats moves too. */
  readonly isCheckpoint: boolean;
};

/**
 * Resolves when the change set is on disk; throws `StoreUnavailable` when nothing of it is. Rows are
 * read before the first pause: later they may be ahead of events that still wait.
 */
export type Commit = (changes: ChangeSet) => Promise<void>;

/** What is written beside the queue: nothing, a part of the dirty rows, all of them. */
type Extent = 'events' | 'rows' | 'checkpoint';

/** Most events that wait in memory while the store fails. */
const maxEvents = 50_000;
/** Most rows in one commit: requests wait for it. */
export const rowsPerCommit = 2_000;
const dirtyRows = { events: 0, rows: rowsPerCommit, checkpoint: Number.POSITIVE_INFINITY };

type QueueOptions = {
  readonly commit: Commit;
  /** A setting that goes with every commit: the logical clock. */
  readonly always: (isCheckpoint: boolean) => readonly [string, string];
  readonly dirtyCount: () => number;
};

/**
 * The queue of events and their rows for the disk.
 *
 * Guarantees:
 *  - one commit is under way at a time, and each takes everything that waits: an event is on disk
 *    before or together with any row that is ahead of it;
 *  - what a commit failed to write stays, in its order, and is written with the next.
 */
export class ChangeQueue {
  readonly #options: QueueOptions;
  #events: LivenessEvent[] = [];
  #removed: number[] = [];
  #refs = new Set<Ref>();
  #settings = new Map<string, string | undefined>();
  #underWay:
    | { readonly refs: Set<Ref>; readonly done: Promise<StoreUnavailable | undefined> }
    | undefined;
  #isScheduled = false;
  #isFailing = false;
  #isBehind = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Whether so many events wait that no more should be made until they are written. */
  get isFull(): boolean {
    return this.#events.length >= maxEvents;
  }

  /** Number of events that wait. */
  get events(): number {
    return this.#events.length;
  }

  /** Whether so many rows were touched that some were left out, until the next checkpoint. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  add(event: LivenessEvent, ref?: Ref): void {
    this.#events.push(event);
    if (ref !== undefined) this.#refs.add(ref);
    this.#schedule();
  }

  /** The row must be written no later than the next event, unless the queue is behind. */
  touch(ref: Ref): void {
    if (this.#refs.size < rowsPerCommit) this.#refs.add(ref);
    else this.#isBehind = true;
  }

  /** The instance is forgotten: its ref is not valid any more. */
  remove(ref: Ref, id: number): void {
    this.#refs.delete(ref);
    this.#underWay?.refs.delete(ref);
    this.#removed.push(id);
  }

  set(key: string, value: string | undefined): void {
    this.#settings.set(key, value);
  }

  /**
   * Writes what waits, and rows or a checkpoint even when nothing does. Resolves with undefined when
   * all that waited at the call is on disk, otherwise with the failure.
   */
  async flush(extent: Extent = 'events'): Promise<StoreUnavailable | undefined> {
    while (this.#underWay) await this.#underWay.done;
    if (extent === 'events' && this.#isEmpty()) return undefined;
    const refs = this.#refs;
    const done = this.#write(extent, refs);
    this.#underWay = { refs, done };
    return done;
  }

  /** Saves everything: rows in portions, the rest with the cursor in the last commit. */
  async checkpoint(): Promise<StoreUnavailable | undefined> {
    while (this.#options.dirtyCount() > rowsPerCommit) {
      const failure = await this.flush('rows');
      if (failure) return failure;
    }
    return this.flush('checkpoint');
  }

  #isEmpty(): boolean {
    const { size } = this.#refs;
    return this.#events.length + this.#removed.length + size + this.#settings.size === 0;
  }

  async #write(extent: Extent, refs: Set<Ref>): Promise<StoreUnavailable | undefined> {
    const isCheckpoint = extent === 'checkpoint';
    this.set(...this.#options.always(isCheckpoint));
    const taken = { events: this.#events, removed: this.#removed, settings: this.#settings };
    this.#events = [];
    this.#removed = [];
    this.#settings = new Map();
    this.#refs = new Set();
    try {
      const changes = { ...taken, refs: [...refs], dirtyRows: dirtyRows[extent], isCheckpoint };
      await this.#options.commit(changes);
      this.#isFailing = false;
      if (isCheckpoint) this.#isBehind = false;
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#isFailing = true;
      this.#events = [...taken.events, ...this.#events];
      this.#removed = [...taken.removed, ...this.#removed];
      this.#settings = new Map([...taken.settings, ...this.#settings]);
      for (const ref of refs) this.#refs.add(ref);
      return error;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Writes at the end of this turn of the event loop; while the store fails, the next evaluation does. */
  #schedule(): void {
    if (this.#isScheduled || this.#isFailing) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isFailing) void this.flush();
    });
  }
}
