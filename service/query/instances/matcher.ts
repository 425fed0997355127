import { createGlob } from '../../contract/values/glob.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { InstanceFilter } from './asked.ts';

export type MatchedRegistry = Pick<Registry, 'state' | 'identity' | 'component' | 'componentOf'>;

/** What a component means for its instances: none is meant, all may be, all are as for the text. */
type Verdict = 'no' | 'perhaps' | 'text';

/**
 * Says of instances whether they are meant. A component is matched once, however many instances it
 * has: use it for as long as no index can have got another meaning, which is a turn.
 */
export function createMatcher(registry: MatchedRegistry, filter: InstanceFilter) {
  const { states, text } = filter;
  const isName = createGlob(filter.name ?? '*');
  const isVersion = createGlob(filter.version ?? '*');
  const isInstance = filter.instance === undefined ? undefined : createGlob(filter.instance);
  const known = new Map<number, Verdict>();

  function judge(index: number): Verdict {
    const { name, version } = registry.componentOf(index);
    if (!isName(name) || !isVersion(version)) return 'no';
    if (text === undefined) return 'text';
    const stands = [name, version].some((part) => part.toLowerCase().includes(text));
    return stands ? 'text' : 'perhaps';
  }

  function verdictOf(index: number): Verdict {
    const before = known.get(index);
    if (before !== undefined) return before;
    const verdict = judge(index);
    known.set(index, verdict);
    return verdict;
  }

  function isMeant(ref: Ref, verdict: Verdict): boolean {
    if (isInstance === undefined && verdict === 'text') return true;
    const { instance } = registry.identity(ref);
    const hasText = verdict === 'text' || instance.toLowerCase().includes(text ?? '');
    return hasText && (isInstance?.(instance) ?? true);
  }

  return (ref: Ref): boolean => {
    if (states !== undefined && !states.includes(registry.state(ref))) return false;
    const verdict = verdictOf(registry.component(ref));
    return verdict !== 'no' && isMeant(ref, verdict);
  };
}
