import type { Identity } from '../../contract/instance.ts';
import { hashText } from '../../registry/hash-table.ts';
import type { Suspect } from '../../registry/sender-clocks.ts';

const slots = 2 ** 20;

/**
 * Suspects of instances that are not known, in a table of fixed size: a million names that are
 * imported take no more memory than it has. A newer suspect replaces another one in its slot, whose
 * instance is known one heartbeat later.
 */
export class UnknownSenders {
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);
  /** Three doubles a slot: mark of the instance, offset, time. Pages that are not used are free. */
  readonly #doubles = new Float64Array(3 * slots);

  /** Returns the suspect of an instance, and forgets it. */
  take(identity: Identity): Suspect | undefined {
    const { at, mark } = this.#slotOf(identity);
    if (this.#doubles[at] !== mark) return undefined;
    const time = this.#doubles[at + 2] ?? 0;
    this.#doubles[at] = 0;
    return {
      offsetMs: this.#doubles[at + 1] ?? 0,
      receivedAtMs: Math.abs(time),
      isInReplay: time < 0,
    };
  }

  put(identity: Identity, { offsetMs, receivedAtMs, isInReplay }: Suspect): void {
    const { at, mark } = this.#slotOf(identity);
    this.#doubles[at] = mark;
    this.#doubles[at + 1] = offsetMs;
    this.#doubles[at + 2] = isInReplay ? -receivedAtMs : receivedAtMs;
  }

  /** The mark has other bits than the slot, and is never 0. */
  #slotOf({ name, version, instance }: Identity) {
    const hash = hashText(hashText(hashText(this.#seed, name), version), instance);
    const other = hashText(hashText(hash ^ this.#seed, instance), name);
    return { at: 3 * (hash & (slots - 1)), mark: 1 + (other >>> 0) };
  }
}
