import { type InstanceState, instanceStates } from '../../contract/instance.ts';
import { type Asking, periodParameters, readPeriod } from '../active/asked.ts';
import type { Period } from '../active/steps.ts';
import { choice, cursor, type Described, glob, pageSize, severalOf, text } from '../described.ts';
import { outcome, type Parameters, type Reading } from '../parameters.ts';
import { decodeCursor, type InstanceCursor, type RankedSort, rankedSorts } from './rank.ts';

/** Which instances are meant; all conditions hold together, an absent one always holds. */
export type InstanceFilter = {
  readonly states?: readonly InstanceState[] | undefined;
  /** Globs. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
  /** Stands somewhere in one of these, in capitals or not. */
  readonly text?: string | undefined;
};

export type InstanceQuery = {
  readonly filter: InstanceFilter;
  /**
   * In some order each page looks through all instances. In none, each goes on where the one before
   * ended: for those who want all of very many.
   */
  readonly sort: RankedSort | 'none';
  /** Ascending when left out. */
  readonly order?: 'ascending' | 'descending';
  /** All of them when undefined. */
  readonly limit: number | undefined;
  /** The `next` of the page before. */
  readonly cursor?: InstanceCursor | undefined;
};

const sorts = [...rankedSorts, 'none'] as const;
const sortName = 'sort';

/** What is not said is known only when it is known how much is wanted. */
const sort: Described<RankedSort | 'none' | undefined> = {
  ...choice(
    sortName,
    sorts,
    'key',
    '`key`: by name, version and instance. `none`: as they come, cheapest for all of very many, ' +
      'and how they come when all of them are asked for as NDJSON or CSV.',
  ),
  read: (parameters) =>
    parameters.parsed(sortName, `one of ${sorts.join(', ')}`, (given) =>
      sorts.find((one) => one === given),
    ),
};

const asking = {
  state: severalOf('state', instanceStates, 'Only instances in these states.'),
  name: glob('name', 'Only components with this name.'),
  version: glob('version', 'Only this version.'),
  instance: glob('instance', 'Only this instance.'),
  text: text(
    'text',
    'Only instances in whose name, version or instance this stands, in capitals or not.',
  ),
  sort,
  order: choice('order', ['ascending', 'descending'], 'ascending', 'Which end comes first.'),
  limit: pageSize(1_000),
  cursor: cursor(),
};
export const instanceParameters = Object.values(asking);

/** Reads what `GET /api/v1/instances` is asked for; pages are usual, or all there is. */
export function readInstanceQuery(parameters: Parameters, isPaged = true): Reading<InstanceQuery> {
  const filter = {
    states: asking.state.read(parameters),
    name: asking.name.read(parameters),
    version: asking.version.read(parameters),
    instance: asking.instance.read(parameters),
    text: asking.text.read(parameters)?.toLowerCase(),
  };
  const chosen = asking.sort.read(parameters);
  const order = asking.order.read(parameters);
  const limit = asking.limit.read(parameters, isPaged);
  const by = chosen ?? (limit === undefined ? 'none' : 'key');
  const after = asking.cursor.read(parameters, (given) => decodeCursor(given, by));
  return outcome(parameters, { filter, sort: by, order, limit, cursor: after });
}

const including = severalOf(
  'include',
  ['presences', 'events'],
  'What else to tell of it: when it was active in a period, and what happened to it then.',
);
export const oneInstanceParameters = [including, ...periodParameters];

/** What else is wanted of one instance. */
export type AskedInstance = Period & {
  readonly include: readonly ('presences' | 'events')[];
  readonly timeZone: string;
};

/** Reads what `GET /api/v1/instances/{name}/{version}/{instance}` is asked for. */
export function readOneInstanceQuery(
  parameters: Parameters,
  asking: Asking,
): Reading<AskedInstance> {
  const include = including.read(parameters) ?? [];
  return outcome(parameters, { ...readPeriod(parameters, asking), include });
}
