import { type Silence, silenceSources, silenceStates } from '../contract/api/silence.ts';
import { createGlob } from '../contract/values/glob.ts';
import { cursor, pageSize, severalOf, text } from './described.ts';
import { outcome, type Parameters, type Reading } from './parameters.ts';

const asking = {
  state: severalOf('state', silenceStates, 'Only silences in these states.'),
  source: severalOf('source', silenceSources, 'Only those that came in these ways.'),
  name: text('name', 'Only silences that match this name of a component.'),
  version: text('version', 'Only silences that match this version.'),
  instance: text('instance', 'Only silences that match this instance.'),
  limit: pageSize(1_000),
  cursor: cursor(),
};
export const silenceParameters = Object.values(asking);

/** All conditions hold together, an absent one always holds. */
export type SilenceQuery = {
  readonly states: readonly Silence['state'][] | undefined;
  readonly sources: readonly Silence['source'][] | undefined;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly instance: string | undefined;
  /** Undefined: all of them. */
  readonly limit: number | undefined;
  /** The id of the last silence of the page before. */
  readonly cursor: string | undefined;
};

/** Reads what `GET /api/v1/silences` is asked for; `isPaged` as for other lists. */
export function readSilenceQuery(parameters: Parameters, isPaged: boolean): Reading<SilenceQuery> {
  const asked = {
    states: asking.state.read(parameters),
    sources: asking.source.read(parameters),
    name: asking.name.read(parameters),
    version: asking.version.read(parameters),
    instance: asking.instance.read(parameters),
    limit: asking.limit.read(parameters, isPaged),
    cursor: asking.cursor.read(parameters, (given) => given),
  };
  return outcome(parameters, asked);
}

export type SilencePage = { readonly silences: readonly Silence[]; readonly next?: string };

/** Those that are asked for: the windows of the configuration, then the newest first. */
export function pageOfSilences(all: readonly Silence[], query: SilenceQuery): SilencePage {
  const { limit = Number.POSITIVE_INFINITY, cursor: after } = query;
  const found = all
    .filter((silence) => isMeant(silence, query) && (after === undefined || silence.id < after))
    .sort((one, other) => (one.id < other.id ? 1 : -1));
  const silences = found.slice(0, limit);
  const last = silences.at(-1);
  return found.length > limit && last ? { silences, next: last.id } : { silences };
}

function isMeant({ matchers, state, source }: Silence, query: SilenceQuery): boolean {
  const { states, sources } = query;
  const matches = (part: 'name' | 'version' | 'instance') =>
    query[part] === undefined || createGlob(matchers[part])(query[part]);
  return (
    (states === undefined || states.includes(state)) &&
    (sources === undefined || sources.includes(source)) &&
    matches('name') &&
    matches('version') &&
    matches('instance')
  );
}
