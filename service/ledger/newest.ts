import type { Presence } from '../contract/presence.ts';

/**
 * The newest presence of each instance that the registry knows, in columns by its ref: 30 bytes an
 * instance, and no object for a heartbeat that extends it.
 *
 * A presence is *rooted* while its `instanceId` is known: then exactly one row of the store, the
 * newest of that instance, begins at the same `fromMs`, and nothing but this presence may change
 * it. Extending it is one update of that row, without looking. A presence that is not rooted must
 * be laid against what the store has before it is written.
 */
export type Newest = {
  /**
   * What a cover means to the presence held; `held` when it belongs to it, which is then done.
   * What ended before `expiredMs` is continued by nothing: the store may have dropped its row.
   */
  offer(ref: number, fromMs: number, reachMs: number, expiredMs: number): Meaning;
  /** A new presence in the place of whatever was there: not rooted, to be written. */
  begin(ref: number, fromMs: number, reachMs: number): void;
  /** The presence that the store has, or will have with the write under way. */
  root(ref: number, instanceId: number, presence: Presence): void;
  /** Its row may change without it: it is laid against the store before it is written again. */
  uproot(ref: number): void;
  clear(ref: number): void;
  get(ref: number): Presence | undefined;
  /** Undefined when it is not rooted; `size` is the class under which the store has its row. */
  rootOf(ref: number): { readonly instanceId: number; readonly size: number } | undefined;
  /** Differs from what the store has been given. */
  isDirty(ref: number): boolean;
  isWriting(ref: number): boolean;
  /** It is given to the store now; `written` or `failed` follows. */
  writing(ref: number, size: number): void;
  written(ref: number): void;
  /** Nobody knows what the store has of it now. */
  failed(ref: number): void;
  /** The next ref at or after this one that is dirty, -1 when there is none. */
  nextDirty(ref: number): number;
  dirtyCount(): number;
  /** The refs that are dirty or being written. */
  unwritten(): Iterable<number>;
};

export type Meaning = 'held' | 'older' | 'newer' | 'empty';

const present = 1;
const dirty = 2;
const underWay = 4;

export function createNewest(): Newest {
  let times = new Float64Array(0);
  let ids = new Uint32Array(0);
  let flags = new Uint8Array(0);
  let sizes = new Uint8Array(0);
  let dirties = 0;

  /** Pages that were never touched take no memory: doubling is cheap. */
  function makeRoom(ref: number): void {
    if (ref < flags.length) return;
    const length = Math.max(1_024, ref + 1, 2 * flags.length);
    times = longer(times, new Float64Array(3 * length));
    ids = longer(ids, new Uint32Array(length));
    flags = longer(flags, new Uint8Array(length));
    sizes = longer(sizes, new Uint8Array(length));
  }

  const flagsOf = (ref: number) => flags[ref] ?? 0;
  const has = (ref: number, flag: number) => (flagsOf(ref) & flag) !== 0;

  function setFlags(ref: number, value: number): void {
    dirties += ((value & dirty) - (flagsOf(ref) & dirty)) / dirty;
    flags[ref] = value;
  }

  function set(ref: number, { fromMs, toMs, reachMs }: Presence): void {
    times[3 * ref] = fromMs;
    times[3 * ref + 1] = toMs;
    times[3 * ref + 2] = reachMs;
  }

  function uproot(ref: number): void {
    if (has(ref, present)) ids[ref] = 0;
  }

  return {
    offer(ref, fromMs, reachMs, expiredMs) {
      if (!has(ref, present)) return 'empty';
      const at = 3 * ref;
      const heldReachMs = times[at + 2] ?? 0;
      if (fromMs > heldReachMs || heldReachMs < expiredMs) return 'newer';
      if (fromMs < (times[at] ?? 0)) return 'older';
      if (fromMs > (times[at + 1] ?? 0)) times[at + 1] = fromMs;
      else if (reachMs <= heldReachMs) return 'held';
      if (reachMs > heldReachMs) times[at + 2] = reachMs;
      if (!has(ref, dirty)) setFlags(ref, flagsOf(ref) | dirty);
      return 'held';
    },
    begin(ref, fromMs, reachMs) {
      makeRoom(ref);
      set(ref, { fromMs, toMs: fromMs, reachMs });
      ids[ref] = 0;
      setFlags(ref, present | dirty);
    },
    root(ref, instanceId, presence) {
      set(ref, presence);
      ids[ref] = instanceId;
    },
    uproot,
    clear(ref) {
      if (has(ref, present)) setFlags(ref, 0);
    },
    get(ref) {
      if (!has(ref, present)) return undefined;
      const at = 3 * ref;
      return { fromMs: times[at] ?? 0, toMs: times[at + 1] ?? 0, reachMs: times[at + 2] ?? 0 };
    },
    rootOf(ref) {
      const instanceId = has(ref, present) ? (ids[ref] ?? 0) : 0;
      return instanceId === 0 ? undefined : { instanceId, size: sizes[ref] ?? 0 };
    },
    isDirty: (ref) => has(ref, dirty),
    isWriting: (ref) => has(ref, underWay),
    writing(ref, size) {
      sizes[ref] = size;
      setFlags(ref, present | underWay);
    },
    written(ref) {
      if (has(ref, underWay)) setFlags(ref, flagsOf(ref) & ~underWay);
    },
    failed(ref) {
      if (!has(ref, underWay)) return;
      setFlags(ref, (flagsOf(ref) & ~underWay) | dirty);
      uproot(ref);
    },
    nextDirty(ref) {
      for (let next = ref; next < flags.length; next++) if (has(next, dirty)) return next;
      return -1;
    },
    dirtyCount: () => dirties,
    *unwritten() {
      for (let ref = 0; ref < flags.length; ref++) if (has(ref, dirty | underWay)) yield ref;
    },
  };
}

type Column = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Gives the memory of the old array back at once: it can be large. */
function longer<A extends Column>(old: A, room: A): A {
  room.set(old);
  old.buffer.transfer(0);
  return room;
}
