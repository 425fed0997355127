import { useEffect, useState } from 'preact/hooks';
import type { CloudEvent } from '../../../service/contract/cloud-event.ts';
import { linkTo } from '../../data/address.ts';
import { addPastEvents, recentEvents } from '../../data/live.ts';
import { getJson, textOf } from '../../data/request.ts';
import { useStore } from '../../data/store.ts';
import { Failure } from '../../parts/controls.tsx';
import { EventLine } from '../../parts/event-line.tsx';
import { Link } from '../../parts/link.tsx';

const shown = 10;

/** The newest events beside the components. */
export function LatestEvents() {
  const events = useStore(recentEvents);
  const [error, setError] = useState<string>();
  useEffect(() => {
    getJson<{ events: CloudEvent[] }>('events', { limit: shown }).then(
      (past) => addPastEvents(past.events),
      (reason: unknown) => setError(textOf(reason)),
    );
  }, []);
  return (
    <aside class="latest card" aria-label="Latest events">
      <h2>
        Latest events
        <Link to={linkTo('events')} class="more">
          All
        </Link>
      </h2>
      <Failure text={error} />
      {events.length === 0 ? (
        <p class="muted">Nothing has happened yet.</p>
      ) : (
        <ol class="event-lines">
          {events.slice(0, shown).map((event) => (
            <li key={event.id}>
              <EventLine event={event} />
            </li>
          ))}
        </ol>
      )}
    </aside>
  );
}
