import { createGlob } from '../../contract/values/glob.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { componentMatcher } from '../identity-globs.ts';
import type { InstanceFilter } from './query.ts';

export type MatchedRegistry = Pick<Registry, 'state' | 'identity' | 'component' | 'componentOf'>;

/** Result for a component: none of its instances match, those with the text do, or all do. */
type ComponentMatch = 'none' | 'with-text' | 'all';

/**
 * Returns whether an instance matches. Each component is matched once, so a matcher is valid for one
 * slice: afterwards the registry may have given its index to another component.
 */
export function createInstanceMatcher(registry: MatchedRegistry, filter: InstanceFilter) {
  const { states, text } = filter;
  const matchesComponent = componentMatcher(filter);
  const matchesInstance = filter.instance === undefined ? undefined : createGlob(filter.instance);
  const known = new Map<number, ComponentMatch>();
  const hasText = (part: string) => text === undefined || part.toLowerCase().includes(text);

  function matchOf(index: number): ComponentMatch {
    const before = known.get(index);
    if (before !== undefined) return before;
    const component = registry.componentOf(index);
    const contains = hasText(component.name) || hasText(component.version);
    const match = !matchesComponent(component) ? 'none' : contains ? 'all' : 'with-text';
    known.set(index, match);
    return match;
  }

  return (ref: Ref): boolean => {
    if (states !== undefined && !states.includes(registry.state(ref))) return false;
    const match = matchOf(registry.component(ref));
    if (match === 'none') return false;
    if (match === 'all' && matchesInstance === undefined) return true;
    const { instance } = registry.identity(ref);
    return (match === 'all' || hasText(instance)) && (matchesInstance?.(instance) ?? true);
  };
}
