import { useEffect, useState } from 'preact/hooks';
import type { CloudEvent } from '../../../service/contract/cloud-event.ts';
import type { EventKind } from '../../../service/contract/event.ts';
import { address, setParams } from '../../data/address.ts';
import { connection, onEvent } from '../../data/live.ts';
import { type ApiQuery, api, getJson, textOf } from '../../data/request.ts';
import { useStore } from '../../data/store.ts';
import { Choice, Empty, Failure, Loading, Search } from '../../parts/controls.tsx';
import { EventRow } from '../../parts/event-row.tsx';
import { plural } from '../../parts/format.ts';
import { useSettled } from '../../parts/hooks.ts';
import { ChosenEvent } from './chosen-event.tsx';

/** Kinds that people look for together, by their name in the address. */
const groups = {
  problems: [
    'down',
    'still_down',
    'component.down',
    'component.degraded',
    'component.never_seen',
    'mass_outage',
    'flapping',
    'status.not_ok',
  ],
  late: ['late'],
  started: [
    'started',
    'recovered',
    'component.recovered',
    'calm',
    'status.ok',
    'mass_outage.ended',
  ],
  retired: ['retired'],
  changes: ['silence.created', 'silence.ended', 'params.changed', 'admin.acted', 'clock.skewed'],
} as const satisfies Record<string, readonly EventKind[]>;
type Group = keyof typeof groups;

const groupOf = (text: string | null): Group | undefined =>
  text !== null && Object.hasOwn(groups, text) ? (text satisfies string as Group) : undefined;

const pageSize = 100;
const maxEvents = 1_000;

type Page = { readonly events: readonly CloudEvent[]; readonly next?: string };

export function EventsView() {
  const { params } = useStore(address);
  const text = params.get('q') ?? '';
  const group = groupOf(params.get('kind'));
  const [name, version, instance] = ['name', 'version', 'instance'].map(
    (key) => params.get(key) ?? undefined,
  );
  const filter: ApiQuery = {
    ...{ name, version, instance, text: useSettled(text) },
    kind: group && groups[group].join(),
  };
  const isLive = params.get('live') !== 'off';
  return (
    <>
      <header class="title">
        <h1>Events</h1>
        <span class="title-end">
          <a
            class="button"
            href={api('events', { ...filter, format: 'csv' })}
            download="events.csv"
          >
            CSV
          </a>
        </span>
      </header>
      <ChosenEvent id={params.get('event') ?? undefined} />
      <div class="toolbar">
        <Search value={text} label="Search events" onInput={(q) => setParams({ q })} />
        <Choice
          label="Kinds"
          options={[['', 'all'], ...Object.keys(groups).map((one) => [one, one] as const)]}
          value={group ?? ''}
          onChange={(kind) => setParams({ kind })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isLive}
            onChange={(event) =>
              setParams({ live: event.currentTarget.checked ? undefined : 'off' })
            }
          />
          Live
        </label>
        {[...new Map(Object.entries({ name, version, instance }))].map(
          ([key, value]) =>
            value !== undefined && (
              <button
                key={key}
                type="button"
                class="chip"
                onClick={() => setParams({ [key]: undefined })}
                aria-label={`Remove the filter ${key} ${value}`}
              >
                {key}: <bdi>{value}</bdi> ✕
              </button>
            ),
        )}
      </div>
      <Log filter={filter} isLive={isLive} key={JSON.stringify(filter)} />
    </>
  );
}

function Log({ filter, isLive }: { filter: ApiQuery; isLive: boolean }) {
  const [events, setEvents] = useState<readonly CloudEvent[]>();
  const [next, setNext] = useState<string>();
  const [error, setError] = useState<string>();
  const { kind: state } = useStore(connection);
  const load = async (cursor?: string) => {
    try {
      const page = await getJson<Page>('events', { ...filter, limit: pageSize, cursor });
      setEvents((before) => merge(before ?? [], page.events));
      if (cursor !== undefined || next === undefined) setNext(page.next);
      setError(undefined);
    } catch (reason) {
      setError(textOf(reason));
    }
  };
  // After an interruption the first page is read again: what came meanwhile is in it.
  useEffect(() => {
    if (state === 'live' || events === undefined) void load();
  }, [state]);
  useEffect(() => {
    if (!isLive) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      if (matchesAll(filter)) setEvents((before) => merge(before ?? [], [event]));
      // The service knows the filter; several events at once are one request.
      else
        timer ??= setTimeout(() => {
          timer = undefined;
          void load();
        }, 500);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [isLive]);
  if (!events) return error === undefined ? <Loading /> : <Failure text={error} />;
  return (
    <section aria-label="Log of events">
      <Failure text={error} />
      {events.length === 0 ? (
        <Empty title="No event matches" />
      ) : (
        <ol class="event-rows" aria-live="off">
          {events.map((event) => (
            <li key={event.id}>
              <EventRow event={event} />
            </li>
          ))}
        </ol>
      )}
      {next !== undefined && events.length < maxEvents && (
        <button type="button" class="wide" onClick={() => load(next)}>
          Older events
        </button>
      )}
      {events.length >= maxEvents && (
        <p class="muted">
          {plural(events.length, 'event')} are displayed. A filter finds older ones, and CSV has
          all.
        </p>
      )}
    </section>
  );
}

const matchesAll = (filter: ApiQuery): boolean =>
  Object.values(filter).every((value) => value === undefined || value === '');

/** Newest first, each once, and not more than the page can hold. */
function merge(before: readonly CloudEvent[], added: readonly CloudEvent[]): readonly CloudEvent[] {
  const all = new Map([...before, ...added].map((event) => [event.id, event]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, maxEvents);
}
