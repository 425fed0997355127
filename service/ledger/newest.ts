import type { Presence } from '../contract/presence.ts';
import { withRoom } from '../runtime/collections/growing-array.ts';

/** What a cover means to the newest presence; `covered`: it belongs to it, and is added. */
type Meaning = 'covered' | 'older' | 'newer' | 'empty';

const present = 1;
const dirty = 2;
const underWay = 4;

/**
 * The newest presence of each instance that the registry knows, in columns by its ref: 30 bytes an
 * instance, and no object for a heartbeat that extends it.
 *
 * A presence is *bound* while its `instanceId` is known: then exactly one row of the store, the
 * newest of that instance, begins at the same `fromMs`, and only this presence may change it. To
 * extend it is one update of that row, without reading. A presence that is not bound must be merged
 * with the presences in the store before it is written.
 */
export class NewestPresences {
  #times = new Float64Array(0);
  #ids = new Uint32Array(0);
  #flags = new Uint8Array(0);
  #sizes = new Uint8Array(0);
  #dirtyCount = 0;

  get dirtyCount(): number {
    return this.#dirtyCount;
  }

  /** A presence that ended before `expiredMs` is continued by nothing: its row may be removed. */
  offer(ref: number, fromMs: number, reachMs: number, expiredMs: number): Meaning {
    if (!this.#has(ref, present)) return 'empty';
    const times = this.#times;
    const at = 3 * ref;
    const ownReachMs = times[at + 2] ?? 0;
    if (fromMs > ownReachMs || ownReachMs < expiredMs) return 'newer';
    if (fromMs < (times[at] ?? 0)) return 'older';
    if (fromMs > (times[at + 1] ?? 0)) times[at + 1] = fromMs;
    else if (reachMs <= ownReachMs) return 'covered';
    if (reachMs > ownReachMs) times[at + 2] = reachMs;
    if (!this.#has(ref, dirty)) this.#setFlags(ref, this.#flagsOf(ref) | dirty);
    return 'covered';
  }

  /** Begins a new presence in place of any other: not bound, to be written. */
  begin(ref: number, fromMs: number, reachMs: number): void {
    this.#times = withRoom(Float64Array, this.#times, 3 * (ref + 1));
    this.#ids = withRoom(Uint32Array, this.#ids, ref + 1);
    this.#flags = withRoom(Uint8Array, this.#flags, ref + 1);
    this.#sizes = withRoom(Uint8Array, this.#sizes, ref + 1);
    this.#set(ref, { fromMs, toMs: fromMs, reachMs });
    this.#ids[ref] = 0;
    this.#setFlags(ref, present | dirty);
  }

  /** Binds the presence that the store has, or will have with the write under way. */
  bind(ref: number, instanceId: number, presence: Presence): void {
    this.#set(ref, presence);
    this.#ids[ref] = instanceId;
  }

  /** The row may change without the presence: it is merged with the store before it is written. */
  unbind(ref: number): void {
    if (this.#has(ref, present)) this.#ids[ref] = 0;
  }

  clear(ref: number): void {
    if (this.#has(ref, present)) this.#setFlags(ref, 0);
  }

  get(ref: number): Presence | undefined {
    if (!this.#has(ref, present)) return undefined;
    const [times, at] = [this.#times, 3 * ref];
    return { fromMs: times[at] ?? 0, toMs: times[at + 1] ?? 0, reachMs: times[at + 2] ?? 0 };
  }

  /** Undefined when it is not bound; `size` is the class under which the store has its row. */
  rowOf(ref: number): { readonly instanceId: number; readonly size: number } | undefined {
    const instanceId = this.#has(ref, present) ? (this.#ids[ref] ?? 0) : 0;
    return instanceId === 0 ? undefined : { instanceId, size: this.#sizes[ref] ?? 0 };
  }

  /** Whether the store may not have it: it is dirty, or being written. */
  isUnwritten(ref: number): boolean {
    return this.#has(ref, dirty | underWay);
  }

  isWriting(ref: number): boolean {
    return this.#has(ref, underWay);
  }

  /** It is given to the store now; `written` or `failed` follows. */
  writing(ref: number, size: number): void {
    this.#sizes[ref] = size;
    this.#setFlags(ref, present | underWay);
  }

  written(ref: number): void {
    if (this.#has(ref, underWay)) this.#setFlags(ref, this.#flagsOf(ref) & ~underWay);
  }

  /** It is not known what the store has of it now. */
  failed(ref: number): void {
    if (!this.#has(ref, underWay)) return;
    this.#setFlags(ref, (this.#flagsOf(ref) & ~underWay) | dirty);
    this.unbind(ref);
  }

  /** The next ref at or after this one that is dirty, -1 when there is none. */
  nextDirty(ref: number): number {
    for (let next = ref; next < this.#flags.length; next++) {
      if (this.#has(next, dirty)) return next;
    }
    return -1;
  }

  *unwritten(): Generator<number> {
    for (let ref = 0; ref < this.#flags.length; ref++) if (this.isUnwritten(ref)) yield ref;
  }

  #flagsOf(ref: number): number {
    return this.#flags[ref] ?? 0;
  }

  #has(ref: number, flags: number): boolean {
    return ((this.#flags[ref] ?? 0) & flags) !== 0;
  }

  #setFlags(ref: number, value: number): void {
    this.#dirtyCount += ((value & dirty) - (this.#flagsOf(ref) & dirty)) / dirty;
    this.#flags[ref] = value;
  }

  #set(ref: number, { fromMs, toMs, reachMs }: Presence): void {
    this.#times[3 * ref] = fromMs;
    this.#times[3 * ref + 1] = toMs;
    this.#times[3 * ref + 2] = reachMs;
  }
}
