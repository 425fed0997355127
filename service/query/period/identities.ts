import { createGlob, isGlob } from '../../contract/values/glob.ts';
import type { PresenceScan } from '../../store/presences/scan.ts';

/** Which instances are meant: globs; what is not said may be anything. */
export type IdentityFilter = {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
};

type Component = { readonly name: string; readonly version: string };

/**
 * The components of all instances in the store, by the number of the instance: read once, then only
 * what is new. A number is never given to another instance while the process lives.
 */
export type KnownComponents = {
  /** Reads what is new; to be called for each question. */
  readNew(): void;
  readonly lastId: number;
  /** The index of the component of an instance. */
  componentOf(id: number): number;
  at(component: number): Component;
  indexOf(component: Component): number;
};

export function createKnownComponents(scan: PresenceScan): KnownComponents {
  const components: Component[] = [];
  const indexes = new Map<string, number>();
  let byId = new Uint32Array(1_024);
  let lastId = 0;

  function indexOf({ name, version }: Component): number {
    const key = `${name.length}:${name}${version}`;
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, components.length);
    return components.push({ name, version }) - 1;
  }

  return {
    readNew() {
      scan.instancesAfter(lastId, (id, name, version) => {
        if (id >= byId.length) {
          const longer = new Uint32Array(Math.max(2 * byId.length, id + 1));
          longer.set(byId);
          byId = longer;
        }
        byId[id] = indexOf({ name, version });
        lastId = id;
      });
    },
    get lastId() {
      return lastId;
    },
    componentOf: (id) => byId[id] ?? 0,
    at: (component) => components[component] ?? { name: '', version: '' },
    indexOf,
  };
}

/** Says of components whether they are meant; each is matched once. */
export function componentMatcher(known: KnownComponents, { name, version }: IdentityFilter) {
  const isName = createGlob(name ?? '*');
  const isVersion = createGlob(version ?? '*');
  const verdicts = new Map<number, boolean>();
  return (component: number): boolean => {
    const before = verdicts.get(component);
    if (before !== undefined) return before;
    const { name: itsName, version: itsVersion } = known.at(component);
    const verdict = isName(itsName) && isVersion(itsVersion);
    verdicts.set(component, verdict);
    return verdict;
  };
}

/** The name, when exactly one is meant. */
export const exactName = ({ name }: IdentityFilter): string | undefined =>
  name !== undefined && !isGlob(name) ? name : undefined;
