import type { Ref, Registry } from '../registry/registry.ts';

type WalkedRegistry = Pick<Registry, 'next'>;

/**
 * Visits up to `count` instances with refs above `after`, until `visit` returns true. Returns the
 * last ref that was visited, or undefined after the last instance of all.
 */
export function walkInstances(
  registry: WalkedRegistry,
  after: Ref,
  count: number,
  visit: (ref: Ref) => boolean,
): Ref | undefined {
  let ref = registry.next(after);
  for (let visited = 1; ref !== undefined; visited++) {
    if (visit(ref) || visited === count) return ref;
    ref = registry.next(ref);
  }
  return undefined;
}
