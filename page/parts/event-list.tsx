import { useEffect, useState } from 'preact/hooks';
import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { onEvent } from '../data/live.ts';
import { type ApiQuery, getJson, textOf } from '../data/request.ts';
import { Empty, Failure } from './controls.tsx';
import { EventRow } from './event-row.tsx';

type EventListProps = {
  readonly filter: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly instance?: string;
  };
  readonly limit: number;
};

/** The newest events of a component or an instance, live. */
export function EventList({ filter, limit }: EventListProps) {
  const [events, setEvents] = useState<readonly CloudEvent[]>();
  const [error, setError] = useState<string>();
  const query: ApiQuery = { ...filter, limit };
  const key = JSON.stringify(query);
  useEffect(() => {
    const leaving = new AbortController();
    setEvents(undefined);
    getJson<{ events: CloudEvent[] }>('events', query, leaving.signal).then(
      (found) => setEvents(found.events.filter((event) => isOf(event, filter))),
      (reason: unknown) => !leaving.signal.aborted && setError(textOf(reason)),
    );
    const stop = onEvent((event) => {
      if (!isOf(event, filter)) return;
      setEvents((before) =>
        before?.some(({ id }) => id === event.id)
          ? before
          : [event, ...(before ?? [])].slice(0, limit),
      );
    });
    return () => {
      leaving.abort();
      stop();
    };
  }, [key]);
  if (error !== undefined) return <Failure text={error} />;
  if (events?.length === 0) return <Empty title="No events" />;
  return (
    <ol class="event-rows">
      {events?.map((event) => (
        <li key={event.id}>
          <EventRow event={event} />
        </li>
      ))}
    </ol>
  );
}

const isOf = (
  { data }: CloudEvent,
  { name, version, instance }: EventListProps['filter'],
): boolean =>
  data.name === name &&
  (version === undefined || data.version === version) &&
  (instance === undefined || data.instance === instance);
