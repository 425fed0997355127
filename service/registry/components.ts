import type { Component } from '../contract/instance.ts';
import { type InstanceState, instanceStates } from '../contract/instance.ts';
import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';
import { createHashTable, hashText } from './hash-table.ts';

/** How many instances are in each state. */
export type StateCounts = Readonly<Record<InstanceState, number>>;

/**
 * The components that have instances, each kept once however many those are, with the number of
 * instances in each state. One whose last instance is gone is forgotten, its index given to
 * another.
 */
export type Components = {
  find(name: string, version: string): number | undefined;
  /** Finds it, or makes it known; it stays so while it counts an instance. */
  intern(name: string, version: string): number;
  at(index: number): Component;
  indexes(): number[];
  /** Counts an instance that comes, in the state with this number. */
  enter(index: number, state: number): void;
  leave(index: number, state: number): void;
  /** Of one, or of all together. */
  counts(index?: number): StateCounts;
};

const states = instanceStates.length;
const rowBytes = 4 * states;

export function createComponents(): Components {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  const known: (Component | undefined)[] = [];
  const free: number[] = [];
  const table = createHashTable();
  /** A row of counters each; the first is that of all together. */
  const buffer = growingBuffer(rowBytes);
  const counters = new Uint32Array(buffer);
  makeRoom(buffer, rowBytes);

  const hashOf = (name: string, version: string) => hashText(hashText(seed, name), version);

  function search(hash: number, name: string, version: string): number | undefined {
    for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
      const index = table.valueAt(slot);
      const component = known[index];
      if (component?.name === name && component.version === version) return index;
    }
    return undefined;
  }

  function at(index: number): Component {
    const component = known[index];
    if (!component) throw new RangeError(`no component has the index ${index}`);
    return component;
  }

  const count = (index: number, state: number) => counters[(index + 1) * states + state] ?? 0;

  function change(index: number, state: number, by: number): void {
    for (const row of [0, index + 1]) {
      const at = row * states + state;
      counters[at] = (counters[at] ?? 0) + by;
    }
  }

  const isEmpty = (index: number) => instanceStates.every((_, state) => count(index, state) === 0);

  function forget(index: number): void {
    const { name, version } = at(index);
    table.remove(hashOf(name, version), index);
    known[index] = undefined;
    free.push(index);
  }

  return {
    at,
    find: (name, version) => search(hashOf(name, version), name, version),
    intern(name, version) {
      const hash = hashOf(name, version);
      const found = search(hash, name, version);
      if (found !== undefined) return found;
      const index = free.pop() ?? known.length;
      known[index] = { name, version };
      table.insert(hash, index);
      makeRoom(buffer, (known.length + 1) * rowBytes);
      return index;
    },
    indexes: () => [...known.keys()].filter((index) => known[index] !== undefined),
    enter: (index, state) => change(index, state, 1),
    leave(index, state) {
      change(index, state, -1);
      if (isEmpty(index)) forget(index);
    },
    counts: (index = -1) => ({
      up: count(index, 0),
      late: count(index, 1),
      down: count(index, 2),
      retired: count(index, 3),
    }),
  };
}
