import type { InstanceState } from '../../../service/contract/instance.ts';
import { type ComponentView, totalOf } from '../../data/overview.ts';
import { addTimelines, type Counts, type TimelineSegment } from '../../data/timeline.ts';
import { worstOf } from '../../parts/state.tsx';

/** A row of the overview: a component, or all versions of a name. */
export type OverviewRow = {
  readonly key: string;
  readonly kind: 'component' | 'group' | 'member';
  readonly name: string;
  readonly versions: readonly string[];
  readonly counts: Counts;
  /** Computed when the row is in sight. */
  segments(): readonly TimelineSegment[];
  readonly isOpen: boolean;
};

export type RowsQuery = {
  readonly text: string;
  readonly state: InstanceState | undefined;
  readonly isGrouped: boolean;
  /** Names of which the versions have rows of their own. */
  readonly open: ReadonlySet<string>;
};

/** Rows in the order of their names; with problems first within none: a list that does not jump. */
export function rowsOf(components: Iterable<ComponentView>, query: RowsQuery): OverviewRow[] {
  const found = [...components].filter((one) => matches(one, query)).sort(compare);
  if (!query.isGrouped) return found.map((one) => componentRow(one, 'component'));
  return [...Map.groupBy(found, ({ name }) => name)].flatMap(([name, members]) => {
    const [only] = members;
    if (members.length === 1 && only) return [componentRow(only, 'component')];
    const isOpen = query.open.has(name);
    const group = groupRow(name, members, isOpen);
    return isOpen ? [group, ...members.map((one) => componentRow(one, 'member'))] : [group];
  });
}

const collator = new Intl.Collator(undefined, { numeric: true });
const compare = (one: ComponentView, other: ComponentView): number =>
  collator.compare(one.name, other.name) || collator.compare(one.version, other.version);

function matches({ name, version, counts }: ComponentView, { text, state }: RowsQuery): boolean {
  if (state !== undefined && counts[state] === 0) return false;
  if (state === undefined && isGone(counts) && text === '') return false;
  if (text === '') return true;
  const wanted = text.toLowerCase();
  return name.toLowerCase().includes(wanted) || version.toLowerCase().includes(wanted);
}

/** Components of the past are found by a search or the filter for retired ones. */
const isGone = ({ up, late, down, retired }: Counts): boolean => up + late + down + retired === 0;

const componentRow = (
  { key, name, version, counts, segments }: ComponentView,
  kind: 'component' | 'member',
): OverviewRow => ({
  key,
  kind,
  name,
  versions: [version],
  counts,
  segments: () => segments,
  isOpen: false,
});

function groupRow(name: string, members: readonly ComponentView[], isOpen: boolean): OverviewRow {
  let sum: readonly TimelineSegment[] | undefined;
  return {
    key: `group ${name}`,
    kind: 'group',
    name,
    versions: members.map(({ version }) => version),
    counts: totalOf(members),
    segments() {
      sum ??= addTimelines(members.map(({ segments }) => segments));
      return sum;
    },
    isOpen,
  };
}

/** Number of components in each state, by their worst instance. */
export function statesOf(components: Iterable<ComponentView>): Record<InstanceState, number> {
  const states = { up: 0, late: 0, down: 0, retired: 0 };
  for (const { counts } of components) states[worstOf(counts)] += 1;
  return states;
}
