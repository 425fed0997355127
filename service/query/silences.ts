import type { Silence } from '../contract/api/silence.ts';
import { createGlob } from '../contract/values/glob.ts';

/** Conditions that all have to hold; an undefined one always holds. */
type SilenceQuery = {
  readonly states: readonly Silence['state'][] | undefined;
  readonly sources: readonly Silence['source'][] | undefined;
  /** Texts that the globs of the silence match. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly instance: string | undefined;
  /** Undefined for all silences. */
  readonly limit: number | undefined;
  /** Id of the last silence of the page before. */
  readonly cursor: string | undefined;
};

type SilencePage = { readonly silences: readonly Silence[]; readonly next?: string };

/** Maintenance windows of the configuration first, then the newest silences. */
export function pageOfSilences(all: readonly Silence[], query: SilenceQuery): SilencePage {
  const { limit = Number.POSITIVE_INFINITY, cursor } = query;
  const found = all
    .filter((silence) => matches(silence, query) && (cursor === undefined || silence.id < cursor))
    .sort((one, other) => (one.id < other.id ? 1 : -1));
  const silences = found.slice(0, limit);
  const last = silences.at(-1);
  return found.length > limit && last ? { silences, next: last.id } : { silences };
}

function matches({ matchers, state, source }: Silence, query: SilenceQuery): boolean {
  const { states, sources } = query;
  return (
    (states === undefined || states.includes(state)) &&
    (sources === undefined || sources.includes(source)) &&
    (['name', 'version', 'instance'] as const).every(
      (part) => query[part] === undefined || createGlob(matchers[part])(query[part]),
    )
  );
}
