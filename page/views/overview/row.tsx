import { linkTo } from '../../data/address.ts';
import type { BlindSpan } from '../../data/overview.ts';
import { visible } from '../../parts/format.ts';
import { Link } from '../../parts/link.tsx';
import { Name } from '../../parts/name.tsx';
import { RecentBar } from '../../parts/presence-bar.tsx';
import { StateCounts, StateMark, worstOf } from '../../parts/state.tsx';
import type { OverviewRow } from './rows.ts';

type RowProps = {
  readonly row: OverviewRow;
  readonly lengthMs: number;
  readonly blind: readonly BlindSpan[];
  readonly onToggle: (name: string) => void;
};

export function Row({ row, lengthMs, blind, onToggle }: RowProps) {
  const { kind, name, versions, counts, isOpen } = row;
  const [version = ''] = versions;
  const state = worstOf(counts);
  const target = linkTo('component', kind === 'group' ? { name } : { name, version });
  return (
    <div class={`row ${kind} ${state}`}>
      <span class="row-state" title={state}>
        <StateMark state={state} />
        <span class="hidden">{state}</span>
      </span>
      <span class="row-name">
        <Link to={target} class="row-link">
          <Name text={kind === 'member' ? version : name} />
        </Link>
        {kind === 'component' && (
          <span class="version">
            <Name text={version} />
          </span>
        )}
        {kind === 'group' && (
          <button
            type="button"
            class="versions"
            aria-expanded={isOpen}
            title={versions.slice(0, 20).map(visible).join(', ')}
            onClick={() => onToggle(name)}
          >
            {versions.length} versions
          </button>
        )}
      </span>
      <StateCounts counts={counts} />
      <RecentBar
        segments={row.segments()}
        blind={blind}
        lengthMs={lengthMs}
        label={kind === 'group' ? name : `${name} ${version}`}
      />
    </div>
  );
}
