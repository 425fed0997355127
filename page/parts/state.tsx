import type { InstanceState } from '../../service/contract/instance.ts';
import type { Counts } from '../data/timeline.ts';

const shapes: Readonly<Record<InstanceState, string>> = {
  up: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Z',
  late: 'M8 2.2 14.4 13.4H1.6Z',
  down: 'M3 3h10v10H3Z',
  retired: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm0 1.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z',
};

/** A state by colour and by shape. */
export function StateMark({ state }: { state: InstanceState }) {
  return (
    <svg class={`mark ${state}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[state]} />
    </svg>
  );
}

export function State({ state }: { state: InstanceState }) {
  return (
    <span class={`state ${state}`}>
      <StateMark state={state} />
      {state}
    </span>
  );
}

/** The state that counts: the worst one of any instance. */
export const worstOf = ({ up, late, down }: Omit<Counts, 'retired'>): InstanceState =>
  down > 0 ? 'down' : late > 0 ? 'late' : up > 0 ? 'up' : 'retired';

/** Numbers of instances by state, without zeros. */
export function StateCounts({ counts }: { counts: Counts }) {
  const total = counts.up + counts.late + counts.down;
  if (total === 0) return <span class="counts muted">none active</span>;
  return (
    <span class="counts">
      <span class={counts.up === 0 ? 'muted' : 'count up'}>
        <b>{counts.up}</b> up
      </span>
      {counts.late > 0 && (
        <span class="count late">
          <b>{counts.late}</b> late
        </span>
      )}
      {counts.down > 0 && (
        <span class="count down">
          <b>{counts.down}</b> down
        </span>
      )}
    </span>
  );
}
