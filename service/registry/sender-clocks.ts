import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';

/** An old heartbeat that is a replay or comes from a slow clock: the next ones decide. */
export type Suspect = {
  /** Time of receipt minus timestamp. */
  readonly offsetMs: number;
  readonly receivedAtMs: number;
  /** Whether it followed an older heartbeat faster than time passes, as in a replay. */
  readonly isInReplay: boolean;
};

/** What is known of the clock of a sender. */
export type SenderClock = {
  /** Time by which it is behind; negative when it is ahead, 0 when it is right or not known. */
  readonly offsetMs: number;
  readonly suspect: Suspect | undefined;
};

/** Number of instances whose clock is wrong. */
export type SkewCounts = { readonly ahead: number; readonly behind: number };

const rowBytes = 24;

/**
 * Clocks of senders by ref, three doubles each: offset · offset and time of the suspect. The owner
 * knows which refs have a clock here; most have none, and their pages take no memory.
 */
export class SenderClocks {
  readonly #buffer = growingBuffer(rowBytes);
  readonly #doubles = new Float64Array(this.#buffer);
  #ahead = 0;
  #behind = 0;

  get counts(): SkewCounts {
    return { ahead: this.#ahead, behind: this.#behind };
  }

  offsetMs(ref: number): number {
    return this.#doubles[3 * ref] ?? 0;
  }

  read(ref: number): SenderClock {
    const at = 3 * ref;
    const time = this.#doubles[at + 2] ?? 0;
    return {
      offsetMs: this.#doubles[at] ?? 0,
      suspect:
        time === 0
          ? undefined
          : {
              offsetMs: this.#doubles[at + 1] ?? 0,
              receivedAtMs: Math.abs(time),
              isInReplay: time < 0,
            },
    };
  }

  /** To be called with `undefined` before the ref is used for another instance. */
  write(ref: number, clock: SenderClock | undefined): void {
    makeRoom(this.#buffer, (ref + 1) * rowBytes);
    const at = 3 * ref;
    const offsetMs = clock?.offsetMs ?? 0;
    this.#count(this.#doubles[at] ?? 0, -1);
    this.#count(offsetMs, 1);
    this.#doubles[at] = offsetMs;
    const suspect = clock?.suspect;
    this.#doubles[at + 1] = suspect?.offsetMs ?? 0;
    this.#doubles[at + 2] = suspect ? suspect.receivedAtMs * (suspect.isInReplay ? -1 : 1) : 0;
  }

  #count(offsetMs: number, by: number): void {
    if (offsetMs > 0) this.#behind += by;
    else if (offsetMs < 0) this.#ahead += by;
  }
}
