import type { Ref, Registry } from '../registry/registry.ts';

/** Instances that are visited in one step. */
const stepSize = 20_000;

/** Visits all instances after thresholds were changed, some at each step: a million take a while. */
export type Sweep = { begin(): void; step(): void };

export function createSweep(registry: Registry, visit: (ref: Ref) => void): Sweep {
  let last: Ref | undefined;
  return {
    begin() {
      last = -1;
    },
    step() {
      for (let count = 0; last !== undefined && count < stepSize; count++) {
        last = registry.next(last);
        if (last !== undefined) visit(last);
      }
    },
  };
}
