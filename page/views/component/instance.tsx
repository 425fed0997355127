import { useEffect, useState } from 'preact/hooks';
import { address, linkTo } from '../../data/address.ts';
import type { InstancePast } from '../../data/instance-past.ts';
import { onEvent } from '../../data/live.ts';
import { overview, type Range, rangeOf, ranges } from '../../data/overview.ts';
import { getJson, sendJson } from '../../data/request.ts';
import { can } from '../../data/session.ts';
import { useStore } from '../../data/store.ts';
import type { TimelineSegment } from '../../data/timeline.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { Failure, Loading } from '../../parts/controls.tsx';
import { EventList } from '../../parts/event-list.tsx';
import { durationText, visible } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';
import { Link } from '../../parts/link.tsx';
import { Name } from '../../parts/name.tsx';
import { RecentBar } from '../../parts/presence-bar.tsx';
import { State } from '../../parts/state.tsx';
import { Ago, Time } from '../../parts/time.tsx';
import { SilenceButton } from '../silences/silence-button.tsx';
import { Legend, RangeChoice } from './component.tsx';
import { Intervals } from './intervals.tsx';

/** One instance: its presences, its heartbeats, its thresholds, its events. */
export function InstanceView() {
  const { params } = useStore(address);
  const [name, version, instance] = ['name', 'version', 'instance'].map(
    (key) => params.get(key) ?? '',
  );
  const identity = { name: name ?? '', version: version ?? '', instance: instance ?? '' };
  const range = rangeOf(params.get('range'));
  const changes = useOwnEvents(identity);
  const from = range === '7d' ? 'now-7d' : `now-${range}`;
  const { value, error } = useLoaded(JSON.stringify([identity, range, changes]), (signal) =>
    getJson<InstancePast>('instance', { ...identity, include: 'presences', from }, signal),
  );
  return (
    <>
      <nav class="crumbs" aria-label="Path">
        <Link to={linkTo('')}>Overview</Link>
        <span aria-hidden="true">/</span>
        <Link to={linkTo('component', { name, version })}>
          <Name text={identity.name} /> <Name text={identity.version} />
        </Link>
      </nav>
      <header class="title">
        <h1>
          <Name text={identity.instance} />
        </h1>
        {value && <State state={value.state} />}
        <span class="title-end">
          <SilenceButton matchers={identity} />
          {value && value.state !== 'retired' && <RetireButton identity={identity} />}
        </span>
      </header>
      <Failure text={error} />
      {value ? <Details value={value} range={range} /> : error === undefined && <Loading />}
      <section>
        <h2>Events</h2>
        <EventList filter={identity} limit={50} />
      </section>
    </>
  );
}

type Identity = { readonly name: string; readonly version: string; readonly instance: string };

function Details({ value, range }: { value: InstancePast; range: Range }) {
  const found = useStore(overview);
  return (
    <>
      <Facts value={value} />
      <section class="card">
        <div class="card-head">
          <h2>Presences</h2>
          <RangeChoice range={range} />
        </div>
        <div class="tall-bar">
          <RecentBar
            segments={presenceSegments(value)}
            blind={found?.blind ?? []}
            lengthMs={ranges[range]}
            label={value.instance}
          />
        </div>
        <Legend />
        <Presences value={value} />
      </section>
      <Intervals value={value} />
    </>
  );
}

function Facts({ value }: { value: InstancePast }) {
  const { interval, lateSeconds, downSeconds, thresholds, skewSeconds } = value;
  return (
    <dl class="facts card">
      <Fact name={`${value.state} since`}>
        <Time at={value.stateSince} />
      </Fact>
      <Fact name="Last heartbeat">
        <Ago at={value.lastBeat} />
      </Fact>
      <Fact name="Declared interval">
        {interval === undefined ? 'none' : durationText(interval)}
      </Fact>
      <Fact name="Late after">{durationText(lateSeconds)}</Fact>
      <Fact name="Down after">{durationText(downSeconds)}</Fact>
      <Fact name="Thresholds from">{sourceText(thresholds)}</Fact>
      <Fact name="First seen">
        <Time at={value.firstSeen} />
      </Fact>
      {value.status === 'not_ok' && (
        <Fact name="Reports a problem">{visible(value.statusMessage ?? 'yes')}</Fact>
      )}
      {skewSeconds !== undefined && (
        <Fact name="Clock">
          {durationText(Math.abs(skewSeconds))} {skewSeconds > 0 ? 'ahead' : 'behind'}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function sourceText(source: InstancePast['thresholds']): string {
  switch (source?.from) {
    case 'rule':
      return `rule for ${visible(source.name ?? '*')} ${visible(source.version ?? '*')}`;
    case 'profile':
      return 'rule of the protocol';
    case 'interval':
      return 'the declared interval';
    default:
      return 'the defaults';
  }
}

/** Presences as segments; the time between two of them is late, then down. */
function presenceSegments({
  presences = [],
  state,
  downSeconds,
  stateSince,
}: InstancePast): TimelineSegment[] {
  const none = { up: 0, late: 0, down: 0 };
  const oldestFirst = presences.toReversed();
  return oldestFirst.flatMap(({ from, to, isOver }, at) => {
    const toMs = Date.parse(to);
    const up = { ...none, fromMs: Date.parse(from), up: 1 };
    const next = oldestFirst[at + 1];
    const late = { ...none, fromMs: toMs, late: 1 };
    const down = { ...none, fromMs: toMs + downSeconds * 1_000, down: 1 };
    if (next) return Date.parse(next.from) > down.fromMs ? [up, late, down] : [up, late];
    if (state === 'late') return [up, late];
    if (state === 'down') return [up, late, { ...down, fromMs: Date.parse(stateSince) }];
    return isOver || state === 'retired' ? [up, { ...none, fromMs: toMs }] : [up];
  });
}

const shownPresences = 8;

function Presences({ value: { presences = [], state } }: { value: InstancePast }) {
  if (presences.length === 0) return <p class="muted">No heartbeat in this period.</p>;
  return (
    <ul class="presences">
      {presences.slice(0, shownPresences).map(({ from, to }, at) => {
        const isCurrent = at === 0 && (state === 'up' || state === 'late');
        const seconds =
          (Date.parse(isCurrent ? new Date().toISOString() : to) - Date.parse(from)) / 1_000;
        return (
          <li key={from}>
            <Time at={from} /> – {isCurrent ? 'now' : <Time at={to} />}{' '}
            <span class="muted">{durationText(Math.max(0, seconds))}</span>
          </li>
        );
      })}
      {presences.length > shownPresences && (
        <li class="muted">and {presences.length - shownPresences} more</li>
      )}
    </ul>
  );
}

/** Counts the events of the instance since the view was opened. */
function useOwnEvents({ name, version, instance }: Identity): number {
  const [count, setCount] = useState(0);
  useEffect(
    () =>
      onEvent(({ data }) => {
        if (data.name !== name || data.version !== version || data.instance !== instance) return;
        setCount((before) => before + 1);
      }),
    [name, version, instance],
  );
  return count;
}

/** Retires the instance after a second press. */
function RetireButton({ identity }: { identity: Identity }) {
  if (!can('admin')) return null;
  const retire = async () => void (await sendJson('DELETE', 'instance', identity));
  return <ConfirmButton label="Retire" act={retire} />;
}
