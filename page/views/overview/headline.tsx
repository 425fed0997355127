import type { InstanceState } from '../../../service/contract/instance.ts';
import { address, setParams } from '../../data/address.ts';
import type { ComponentView } from '../../data/overview.ts';
import { useStore } from '../../data/store.ts';
import type { Counts } from '../../data/timeline.ts';
import { numberText, plural } from '../../parts/format.ts';
import { StateMark } from '../../parts/state.tsx';

type HeadlineProps = {
  readonly total: Counts;
  readonly components: ReadonlyMap<string, ComponentView>;
};

/** The first glance: one sentence, and the counts, which also are filters. */
export function Headline({ total, components }: HeadlineProps) {
  const { params } = useStore(address);
  const chosen = params.get('state');
  const active = [...components.values()].filter(
    ({ counts: { up, late, down } }) => up + late + down > 0,
  );
  return (
    <section class="headline" aria-label="State of all instances">
      <div>
        <h1 class={total.down > 0 ? 'is-down' : total.late > 0 ? 'is-late' : ''}>
          {sentence(total)}
        </h1>
        <p class="muted">
          {plural(total.up + total.late + total.down, 'instance')} of{' '}
          {plural(active.length, 'component')}
        </p>
      </div>
      <div class="tiles">
        {(['up', 'late', 'down', 'retired'] as const).map((state) => (
          <Tile key={state} state={state} count={total[state]} isChosen={chosen === state} />
        ))}
      </div>
    </section>
  );
}

type TileProps = {
  readonly state: InstanceState;
  readonly count: number;
  readonly isChosen: boolean;
};

function Tile({ state, count, isChosen }: TileProps) {
  return (
    <button
      type="button"
      class={`tile ${count === 0 ? 'zero' : state}`}
      aria-pressed={isChosen}
      title="Display only components with such instances"
      onClick={() => setParams({ state: isChosen ? undefined : state })}
    >
      <span class="tile-count">{numberText(count)}</span>
      <span class="tile-label">
        <StateMark state={state} />
        {state}
      </span>
    </button>
  );
}

function sentence({ up, late, down }: Counts): string {
  if (up + late + down === 0) return 'No instance is active';
  if (down > 0) return `${plural(down, 'instance')} ${down === 1 ? 'is' : 'are'} down`;
  if (late > 0) return `${plural(late, 'instance')} ${late === 1 ? 'is' : 'are'} late`;
  return up === 1 ? 'The only instance is up' : `All ${numberText(up)} instances are up`;
}
