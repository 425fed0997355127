import type { Identity } from '../../contract/instance.ts';
import { hashText } from '../../registry/hash-table.ts';
import type { Suspect } from '../../registry/sender-clocks.ts';

const slots = 2 ** 20;
/** Slots in which a suspect may be. */
const ways = 8;

/**
 * Suspects of instances that are not known, in a table of fixed size: a million names that are
 * imported take no more memory than it has. When its slots are taken, a suspect replaces the oldest
 * one, whose instance is known one heartbeat later.
 */
export class UnknownSenders {
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);
  /** Three doubles a slot: mark of the instance, offset, time. Made for the first suspect. */
  #doubles = new Float64Array(0);

  /** Returns the suspect of an instance, and forgets it. */
  take(identity: Identity): Suspect | undefined {
    const { first, mark } = this.#placeOf(identity);
    for (let at = first; at < first + 3 * ways; at += 3) {
      if (this.#doubles[at] !== mark) continue;
      const [offsetMs, time] = [this.#doubles[at + 1] ?? 0, this.#doubles[at + 2] ?? 0];
      this.#doubles.fill(0, at, at + 3);
      return { offsetMs, receivedAtMs: Math.abs(time), isInReplay: time < 0 };
    }
    return undefined;
  }

  /** To be called only for an instance whose suspect was taken. */
  put(identity: Identity, { offsetMs, receivedAtMs, isInReplay }: Suspect): void {
    if (this.#doubles.length === 0) this.#doubles = new Float64Array(3 * slots);
    const { first, mark } = this.#placeOf(identity);
    const timeAt = (at: number) => Math.abs(this.#doubles[at + 2] ?? 0);
    let oldest = first;
    for (let at = first; at < first + 3 * ways; at += 3) {
      if (timeAt(at) < timeAt(oldest)) oldest = at;
    }
    this.#doubles[oldest] = mark;
    this.#doubles[oldest + 1] = offsetMs;
    this.#doubles[oldest + 2] = isInReplay ? -receivedAtMs : receivedAtMs;
  }

  /** The mark has other bits than the place, and is never 0. */
  #placeOf({ name, version, instance }: Identity) {
    const hash = hashText(hashText(hashText(this.#seed, name), version), instance);
    const other = hashText(hashText(hash ^ this.#seed, instance), name);
    return { first: 3 * ways * (hash & (slots / ways - 1)), mark: 1 + (other >>> 0) };
  }
}
