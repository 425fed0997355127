import type { StateCounts } from '../../registry/components.ts';
import type { Registry } from '../../registry/registry.ts';

/** Counts the instances of a component by state, of one version or of all; undefined if it is unknown. */
export type ComponentCounter = (name: string, version?: string) => StateCounts | undefined;

export const createComponentCounter =
  (registry: Pick<Registry, 'components' | 'componentOf' | 'counts'>): ComponentCounter =>
  (name, version) => {
    let sum: StateCounts | undefined;
    for (const index of registry.components()) {
      const component = registry.componentOf(index);
      if (component.name !== name) continue;
      if (version !== undefined && component.version !== version) continue;
      const { up, late, down, retired } = registry.counts(index);
      sum = {
        up: up + (sum?.up ?? 0),
        late: late + (sum?.late ?? 0),
        down: down + (sum?.down ?? 0),
        retired: retired + (sum?.retired ?? 0),
      };
    }
    return sum;
  };
