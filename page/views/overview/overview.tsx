import { useEffect, useMemo, useState } from 'preact/hooks';
import { type InstanceState, instanceStates } from '../../../service/contract/instance.ts';
import { address, setParams } from '../../data/address.ts';
import { live } from '../../data/live.ts';
import { overview, type Range, rangeOf, ranges, totalOf } from '../../data/overview.ts';
import { useStore } from '../../data/store.ts';
import { Choice, Empty, Loading, Search } from '../../parts/controls.tsx';
import { phone, useMedia } from '../../parts/hooks.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { FoundInstances } from './found-instances.tsx';
import { Headline } from './headline.tsx';
import { LatestEvents } from './latest-events.tsx';
import { Row } from './row.tsx';
import { rowsOf } from './rows.ts';

const rangeOptions: readonly (readonly [Range, string])[] = [
  ['1h', '1 h'],
  ['24h', '24 h'],
  ['7d', '7 d'],
];

export function OverviewView() {
  const found = useStore(overview);
  const { params } = useStore(address);
  const range = rangeOf(params.get('range'));
  useEffect(() => void live.setRange(range), [range]);
  if (!found) return <Loading />;
  return (
    <>
      <Headline total={totalOf(found.components.values())} components={found.components} />
      <div class="overview-columns">
        <ComponentList />
        <LatestEvents />
      </div>
    </>
  );
}

const stateOf = (text: string | null): InstanceState | undefined =>
  instanceStates.find((state) => state === text);

function ComponentList() {
  const found = useStore(overview);
  const { params } = useStore(address);
  const isPhone = useMedia(phone);
  const text = params.get('q') ?? '';
  const state = stateOf(params.get('state'));
  const isGrouped = params.get('group') !== 'off';
  const range = rangeOf(params.get('range'));
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(
    () => rowsOf(found?.components.values() ?? [], { text, state, isGrouped, open }),
    [found, text, state, isGrouped, open],
  );
  const toggle = (name: string) =>
    setOpen((before) =>
      before.has(name) ? before.difference(new Set([name])) : before.union(new Set([name])),
    );
  return (
    <section class="component-list" aria-label="Components">
      <div class="toolbar">
        <Search
          value={text}
          label="Search components and instances"
          onInput={(q) => setParams({ q })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isGrouped}
            onChange={(event) =>
              setParams({ group: event.currentTarget.checked ? undefined : 'off' })
            }
          />
          Group by name
        </label>
        <Choice
          label="Length of the bars"
          options={rangeOptions}
          value={range}
          onChange={(next) => setParams({ range: next === '24h' ? undefined : next })}
        />
      </div>
      {rows.length === 0 ? (
        <NoRows isFiltered={text !== '' || state !== undefined} />
      ) : (
        <VirtualList
          items={rows}
          rowHeight={isPhone ? 76 : 46}
          keyOf={({ key, kind }) => `${kind} ${key}`}
          label="Components"
          class="rows"
          render={(row) => (
            <Row row={row} lengthMs={ranges[range]} blind={found?.blind ?? []} onToggle={toggle} />
          )}
        />
      )}
      <FoundInstances text={text} />
    </section>
  );
}

function NoRows({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty title="No component matches">
        <button
          type="button"
          class="quiet"
          onClick={() => setParams({ q: undefined, state: undefined })}
        >
          Remove the filter
        </button>
      </Empty>
    );
  }
  const command = `curl ${location.origin}/api/v1/heartbeats -d '{"name":"Mine","version":"1","instance":"a"}'`;
  return (
    <Empty title="No heartbeat yet">
      <p>Components appear here with their first heartbeat:</p>
      <pre>
        <code>{command}</code>
      </pre>
    </Empty>
  );
}
