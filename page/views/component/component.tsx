import { useEffect, useMemo, useState } from 'preact/hooks';
import type { OverviewResponse } from '../../../service/contract/api/overview.ts';
import { type InstanceState, instanceStates } from '../../../service/contract/instance.ts';
import { address, linkTo, setParams } from '../../data/address.ts';
import { onEvent } from '../../data/live.ts';
import { keyOf, overview, type Range, rangeOf, ranges, totalOf } from '../../data/overview.ts';
import { getJson } from '../../data/request.ts';
import { useStore } from '../../data/store.ts';
import { addTimelines, segmentsOf } from '../../data/timeline.ts';
import { Choice, Empty, Failure, Loading } from '../../parts/controls.tsx';
import { EventList } from '../../parts/event-list.tsx';
import { phone, useLoaded, useMedia } from '../../parts/hooks.ts';
import { Link } from '../../parts/link.tsx';
import { Name } from '../../parts/name.tsx';
import { RecentBar } from '../../parts/presence-bar.tsx';
import { State, StateCounts, worstOf } from '../../parts/state.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { SilenceButton } from '../silences/silence-button.tsx';

type InstanceRow = OverviewResponse['components'][number];

/** All versions of a name, or one of them: its timeline and its instances. */
export function ComponentView() {
  const { params } = useStore(address);
  const found = useStore(overview);
  const name = params.get('name') ?? '';
  const version = params.get('version') ?? undefined;
  const range = rangeOf(params.get('range'));
  if (!found) return <Loading />;
  const versions = [...found.components.values()].filter((one) => one.name === name);
  const shown = versions.filter((one) => version === undefined || one.version === version);
  const counts = totalOf(shown);
  return (
    <>
      <nav class="crumbs" aria-label="Path">
        <Link to={linkTo('')}>Overview</Link>
      </nav>
      <header class="title">
        <h1>
          <Name text={name} />{' '}
          {version !== undefined && (
            <small>
              <Name text={version} />
            </small>
          )}
        </h1>
        <State state={worstOf(counts)} />
        <StateCounts counts={counts} />
        <span class="title-end">
          <SilenceButton matchers={{ name, version }} />
        </span>
      </header>
      {versions.length > 1 && <Versions versions={versions} chosen={version} />}
      {shown.length === 0 && <Empty title="No such component is known" />}
      <section class="card">
        <div class="card-head">
          <h2>Presence</h2>
          <RangeChoice range={range} />
        </div>
        <div class="tall-bar">
          <RecentBar
            segments={addTimelines(shown.map(({ segments }) => segments))}
            blind={found.blind}
            lengthMs={ranges[range]}
            label={name}
          />
        </div>
        <Legend />
      </section>
      <Instances name={name} version={version} range={range} />
      <section>
        <div class="card-head">
          <h2>Events</h2>
          <Link to={linkTo('events', { name, version })} class="more">
            All
          </Link>
        </div>
        <EventList filter={{ name, version }} limit={20} />
      </section>
    </>
  );
}

type VersionsProps = {
  readonly versions: readonly ComponentInfo[];
  readonly chosen: string | undefined;
};
type ComponentInfo = { readonly key: string; readonly version: string };

function Versions({ versions, chosen }: VersionsProps) {
  return (
    <fieldset class="chips" aria-label="Versions">
      <Chip
        text="All versions"
        isChosen={chosen === undefined}
        onClick={() => setParams({ version: undefined })}
      />
      {versions.map((one) => (
        <Chip
          key={one.key}
          text={one.version}
          isChosen={one.version === chosen}
          onClick={() => setParams({ version: one.version })}
        />
      ))}
    </fieldset>
  );
}

function Chip(props: { text: string; isChosen: boolean; onClick: () => void }) {
  return (
    <button type="button" class="chip" aria-pressed={props.isChosen} onClick={props.onClick}>
      <Name text={props.text} />
    </button>
  );
}

export function RangeChoice({ range }: { range: Range }) {
  return (
    <Choice
      label="Length of the bars"
      options={[
        ['1h', '1 h'],
        ['24h', '24 h'],
        ['7d', '7 d'],
      ]}
      value={range}
      onChange={(next) => setParams({ range: next === '24h' ? undefined : next })}
    />
  );
}

const legend = {
  up: 'up',
  late: 'late',
  down: 'down',
  blind: 'the service could not receive heartbeats',
};

export function Legend() {
  return (
    <p class="legend" aria-hidden="true">
      {Object.entries(legend).map(([kind, text]) => (
        <span class="legend-item" key={kind}>
          <span class={`swatch ${kind}`} /> {text}
        </span>
      ))}
    </p>
  );
}

type InstancesProps = { name: string; version: string | undefined; range: Range };

const stateOf = (text: string | null): InstanceState | undefined =>
  instanceStates.find((one) => one === text);

function Instances({ name, version, range }: InstancesProps) {
  const found = useStore(overview);
  const { params } = useStore(address);
  const isPhone = useMedia(phone);
  const changes = useChanges(name, version);
  const state = stateOf(params.get('state'));
  const from = range === '7d' ? 'now-7d' : `now-${range}`;
  const { value, error } = useLoaded(JSON.stringify([name, version, range, changes]), (signal) =>
    getJson<OverviewResponse>('overview', { by: 'instance', name, version, from }, signal),
  );
  const rows = useMemo(
    () =>
      (value?.components ?? [])
        .filter((one) => one.name === name && (version === undefined || one.version === version))
        .filter((one) => state === undefined || one.instances[state] > 0)
        .filter((one) => one.lastBeat !== undefined)
        .sort((one, other) => rank(one) - rank(other)),
    [value, name, version, state],
  );
  return (
    <section aria-label="Instances">
      <div class="card-head">
        <h2>
          Instances <span class="muted">{value ? rows.length : ''}</span>
        </h2>
        <Choice
          label="State"
          options={[['', 'all'], ...instanceStates.map((one) => [one, one] as const)]}
          value={state ?? ''}
          onChange={(next) => setParams({ state: next === '' ? undefined : next })}
        />
      </div>
      <Failure text={error} />
      {value && rows.length === 0 && <Empty title="No instance to display" />}
      <VirtualList
        items={rows}
        rowHeight={isPhone ? 76 : 46}
        keyOf={(one) => JSON.stringify([one.version, one.instance])}
        label="Instances"
        class="rows"
        render={(row) => (
          <InstanceLine
            row={row}
            hasVersion={version === undefined}
            fromMs={Date.parse(value?.from ?? '')}
            stepMs={(value?.stepSeconds ?? 0) * 1_000}
            blind={found?.blind ?? []}
            lengthMs={ranges[range]}
          />
        )}
      />
    </section>
  );
}

/** Absent instances first, retired ones last. */
const rank = ({ instances: { up, late, down } }: InstanceRow): number =>
  down > 0 ? 0 : late > 0 ? 1 : up > 0 ? 2 : 3;

type InstanceLineProps = {
  readonly row: InstanceRow;
  readonly hasVersion: boolean;
  readonly fromMs: number;
  readonly stepMs: number;
  readonly blind: NonNullable<ReturnType<typeof overview.get>>['blind'];
  readonly lengthMs: number;
};

function InstanceLine({ row, hasVersion, fromMs, stepMs, blind, lengthMs }: InstanceLineProps) {
  const { name, version, instance = '', instances } = row;
  const state = worstOf(instances);
  return (
    <div class={`row component instance-row ${state}`}>
      <span class="row-state">
        <State state={state} />
      </span>
      <span class="row-name">
        <Link to={linkTo('instance', { name, version, instance })} class="row-link">
          <Name text={instance} />
        </Link>
        {hasVersion && (
          <span class="version">
            <Name text={version} />
          </span>
        )}
      </span>
      <RecentBar
        segments={segmentsOf(row.timeline, fromMs, stepMs)}
        blind={blind}
        lengthMs={lengthMs}
        label={instance}
      />
    </div>
  );
}

/** Changes when the states of the component do, or an event of it arrives: at most once a second. */
function useChanges(name: string, version: string | undefined): string {
  const found = useStore(overview);
  const [count, setCount] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent(({ data }) => {
      if (data.name !== name || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        setCount((before) => before + 1);
      }, 1_000);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [name]);
  const counts =
    version === undefined ? undefined : found?.components.get(keyOf(name, version))?.counts;
  return JSON.stringify([count, counts]);
}
