/** When fuller, runs of taken slots get long. */
const maxLoad = 0.6;

/**
 * Small integers by 32-bit hash, in one typed array: open addressing, linear probing.
 *
 * A Map would need a key string for each instance and a new one for each heartbeat, only for the
 * lookup; hashing the parts in place takes a third of the time and leaves no garbage. The table does
 * not know what was hashed: a lookup visits the values with the same hash, `first` and then `after`,
 * and compares.
 */
export class HashTable {
  #mask = 63;
  #taken = 0;
  /** Two numbers a slot: the value plus 1 (0 is an empty slot), and its hash. */
  #slots = slotsFor(this.#mask);

  /** The slot of a value with this hash, -1 when there is none. */
  first(hash: number): number {
    return this.#search(hash, hash);
  }

  /** The next slot behind `slot` whose value has this hash, or -1. */
  after(slot: number, hash: number): number {
    return this.#search(slot + 1, hash);
  }

  valueAt(slot: number): number {
    return (this.#slots[2 * slot] ?? 0) - 1;
  }

  insert(hash: number, value: number): void {
    if (this.#taken >= maxLoad * this.#mask) this.#double();
    this.#put(hash, value + 1);
    this.#taken++;
  }

  /** Makes all slots that were found before invalid. The value must be in the table. */
  remove(hash: number, value: number): void {
    let slot = this.first(hash);
    while (slot !== -1 && this.valueAt(slot) !== value) slot = this.after(slot, hash);
    if (slot === -1) throw new RangeError(`the value ${value} is not in the table`);
    this.#close(slot);
    this.#taken--;
  }

  #search(start: number, hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = start & mask; slots[2 * slot] !== 0; slot = (slot + 1) & mask) {
      if (slots[2 * slot + 1] === hash) return slot;
    }
    return -1;
  }

  #put(hash: number, valuePlusOne: number): void {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    while (slots[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
    slots[2 * slot] = valuePlusOne;
    slots[2 * slot + 1] = hash;
  }

  #double(): void {
    const old = this.#slots;
    this.#mask = 2 * this.#mask + 1;
    this.#slots = slotsFor(this.#mask);
    for (let at = 0; at < old.length; at += 2) {
      const valuePlusOne = old[at] ?? 0;
      if (valuePlusOne !== 0) this.#put(old[at + 1] ?? 0, valuePlusOne);
    }
    old.buffer.resize(0);
  }

  /** Moves back the values that could not be reached across the hole, so no slot needs a mark. */
  #close(hole: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hole;
    for (let next = (hole + 1) & mask; slots[2 * next] !== 0; next = (next + 1) & mask) {
      const hash = slots[2 * next + 1] ?? 0;
      const distance = (next - (hash & mask)) & mask;
      if (distance >= ((next - slot) & mask)) {
        slots[2 * slot] = slots[2 * next] ?? 0;
        slots[2 * slot + 1] = hash;
        slot = next;
      }
    }
    slots[2 * slot] = 0;
  }
}

/** Resizable only so that its memory can be released when it is outgrown. */
function slotsFor(mask: number): Int32Array<ArrayBuffer> {
  const bytes = 8 * (mask + 1);
  return new Int32Array(new ArrayBuffer(bytes, { maxByteLength: bytes }));
}

/**
 * Mixes a text into a hash (the loop and the end of MurmurHash3, two characters a step). A random
 * `start` prevents clients from choosing names that collide.
 */
export function hashText(start: number, text: string): number {
  let hash = start;
  const { length } = text;
  for (let at = 0; at + 1 < length; at += 2) {
    hash = mix(hash ^ (text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)));
  }
  if (length % 2 === 1) hash = mix(hash ^ text.charCodeAt(length - 1));
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mix(value: number): number {
  const product = Math.imul(value, 0xcc9e2d51);
  return (Math.imul((product << 15) | (product >>> 17), 0x1b873593) + 0xe6546b64) | 0;
}
