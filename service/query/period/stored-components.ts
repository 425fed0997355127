import { type Component, componentKey } from '../../contract/instance.ts';
import { withRoom } from '../../runtime/collections/growing-array.ts';
import type { PresenceScan } from '../../store/presences/scan.ts';

/**
 * Components of all instances in the store, by the number of the instance: read once, then only
 * those of new instances. The store never gives a number to another instance while the process runs.
 */
export type StoredComponents = {
  readNew(): void;
  /** Highest number of an instance. */
  readonly lastId: number;
  /** Index of the component of an instance. */
  indexOf(instanceId: number): number;
  at(index: number): Component;
};

export function createStoredComponents(scan: PresenceScan): StoredComponents {
  const components: Component[] = [];
  const indexes = new Map<string, number>();
  let indexById = new Uint32Array(0);
  let lastId = 0;

  function add(id: number, name: string, version: string): void {
    indexById = withRoom(Uint32Array, indexById, id + 1);
    const key = componentKey({ name, version });
    const index = indexes.get(key) ?? components.push({ name, version }) - 1;
    indexes.set(key, index);
    indexById[id] = index;
    lastId = id;
  }

  return {
    readNew: () => scan.instancesAfter(lastId, add),
    get lastId() {
      return lastId;
    },
    indexOf: (id) => indexById[id] ?? 0,
    at: (index) => components[index] ?? { name: '', version: '' },
  };
}
