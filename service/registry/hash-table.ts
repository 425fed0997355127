/**
 * Small integers by 32-bit hash, in one typed array: open addressing, linear probing.
 *
 * A Map would need a key string for each instance and a new one for each heartbeat, only to look
 * it up; hashing the parts where they are takes a third of the time and leaves no garbage. The
 * table knows nothing of what was hashed: whoever looks something up walks the values with the
 * same hash, `first` and then `after`, and compares.
 */
export type HashTable = {
  /** The slot of a value with this hash, -1 when there is none. */
  first(hash: number): number;
  /** The next slot behind `slot` whose value has this hash, or -1. */
  after(slot: number, hash: number): number;
  valueAt(slot: number): number;
  insert(hash: number, value: number): void;
  /** Makes all slots that were found before invalid. The value must be there. */
  remove(hash: number, value: number): void;
};

/** Fuller than this, runs of taken slots get long. */
const mostFull = 0.6;

export function createHashTable(): HashTable {
  let mask = 63;
  let taken = 0;
  /** Two a slot: the value plus 1 (0 is an empty slot), and its hash. */
  let slots = slotsFor(mask);

  function search(start: number, hash: number): number {
    for (let slot = start & mask; slots[2 * slot] !== 0; slot = (slot + 1) & mask) {
      if (slots[2 * slot + 1] === hash) return slot;
    }
    return -1;
  }

  function put(hash: number, valuePlusOne: number): void {
    let slot = hash & mask;
    while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = valuePlusOne;
    slots[2 * slot + 1] = hash;
  }

  function double(): void {
    const old = slots;
    mask = 2 * mask + 1;
    slots = slotsFor(mask);
    for (let at = 0; at < old.length; at += 2) {
      const valuePlusOne = old[at] ?? 0;
      if (valuePlusOne !== 0) put(old[at + 1] ?? 0, valuePlusOne);
    }
    old.buffer.resize(0);
  }

  /** Moves back what would no longer be reached across the hole; so none needs to be marked. */
  function close(hole: number): void {
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

  const valueAt = (slot: number) => (slots[2 * slot] ?? 0) - 1;

  return {
    first: (hash) => search(hash, hash),
    after: (slot, hash) => search(slot + 1, hash),
    valueAt,
    insert(hash, value) {
      if (taken >= mostFull * mask) double();
      put(hash, value + 1);
      taken++;
    },
    remove(hash, value) {
      let slot = search(hash, hash);
      while (slot !== -1 && valueAt(slot) !== value) slot = search(slot + 1, hash);
      if (slot === -1) throw new RangeError(`the value ${value} is not in the table`);
      close(slot);
      taken--;
    },
  };
}

/** Resizable only so that it can be given back to the system when it is outgrown. */
function slotsFor(mask: number): Int32Array<ArrayBuffer> {
  const bytes = 8 * (mask + 1);
  return new Int32Array(new ArrayBuffer(bytes, { maxByteLength: bytes }));
}

/**
 * Mixes a text into a hash (the loop and the end of MurmurHash3, two characters a step). Begin
 * with a random number, so that nobody outside can choose names that collide.
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
