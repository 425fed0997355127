import { type Component, type InstanceState, instanceStates } from '../contract/instance.ts';
import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';
import { HashTable, hashText } from './hash-table.ts';

/** Number of instances in each state. */
export type StateCounts = Readonly<Record<InstanceState, number>>;

const states = instanceStates.length;
const rowBytes = 4 * states;

/**
 * The components that have instances, each kept once, with the number of instances in each state.
 * When the last instance of a component is removed, it is deleted and its index is used for another.
 */
export class Components {
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);
  readonly #known: (Component | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #table = new HashTable();
  /** One row of counters for each component; the first one is the total. */
  readonly #buffer = growingBuffer(rowBytes);
  readonly #counters = new Uint32Array(this.#buffer);

  constructor() {
    makeRoom(this.#buffer, rowBytes);
  }

  at(index: number): Component {
    const component = this.#known[index];
    if (!component) throw new RangeError(`no component has the index ${index}`);
    return component;
  }

  find(name: string, version: string): number | undefined {
    return this.#search(this.#hashOf(name, version), name, version);
  }

  /** Finds or adds a component; an added one must then count an instance. */
  intern(name: string, version: string): number {
    const hash = this.#hashOf(name, version);
    const found = this.#search(hash, name, version);
    if (found !== undefined) return found;
    const index = this.#free.pop() ?? this.#known.length;
    this.#known[index] = { name, version };
    this.#table.insert(hash, index);
    makeRoom(this.#buffer, (this.#known.length + 1) * rowBytes);
    return index;
  }

  indexes(): number[] {
    return [...this.#known.keys()].filter((index) => this.#known[index] !== undefined);
  }

  /** Counts an instance more, in the state with this number. */
  enter(index: number, state: number): void {
    this.#change(index, state, 1);
  }

  leave(index: number, state: number): void {
    this.#change(index, state, -1);
    if (instanceStates.every((_, one) => this.#count(index, one) === 0)) this.#delete(index);
  }

  /** Counts of one component, or of all together. */
  counts(index = -1): StateCounts {
    return {
      up: this.#count(index, 0),
      late: this.#count(index, 1),
      down: this.#count(index, 2),
      retired: this.#count(index, 3),
    };
  }

  #hashOf(name: string, version: string): number {
    return hashText(hashText(this.#seed, name), version);
  }

  #search(hash: number, name: string, version: string): number | undefined {
    const table = this.#table;
    for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
      const index = table.valueAt(slot);
      const component = this.#known[index];
      if (component?.name === name && component.version === version) return index;
    }
    return undefined;
  }

  #count(index: number, state: number): number {
    return this.#counters[(index + 1) * states + state] ?? 0;
  }

  #change(index: number, state: number, by: number): void {
    for (const row of [0, index + 1]) {
      const at = row * states + state;
      this.#counters[at] = (this.#counters[at] ?? 0) + by;
    }
  }

  #delete(index: number): void {
    const { name, version } = this.at(index);
    this.#table.remove(this.#hashOf(name, version), index);
    this.#known[index] = undefined;
    this.#free.push(index);
  }
}
