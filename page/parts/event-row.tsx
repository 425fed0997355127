import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { linkTo } from '../data/address.ts';
import { EventSubject, kindText, markOf } from './event-line.tsx';
import { visible } from './format.ts';
import { Link } from './link.tsx';
import { Name } from './name.tsx';
import { StateMark } from './state.tsx';
import { Time } from './time.tsx';

/** An event with everything that it says. */
export function EventRow({ event, isChosen = false }: { event: CloudEvent; isChosen?: boolean }) {
  const { kind, version, reason, silencedBy } = event.data;
  return (
    <article class={`event-row ${isChosen ? 'chosen' : ''}`} id={isChosen ? 'chosen' : undefined}>
      <Link to={linkTo('events', { event: event.id })} class="event-time">
        <Time at={event.time} form={isChosen ? 'full' : 'auto'} />
      </Link>
      <span class={`event-mark ${markOf(kind)}`}>
        <StateMark state={markOf(kind)} /> {kindText(kind)}
      </span>
      <span class="event-body">
        <EventSubject event={event} />
        {version !== undefined && (
          <span class="version">
            <Name text={version} />
          </span>
        )}
        <span class="muted">
          <bdi>{visible(reason)}</bdi>
        </span>
        {silencedBy !== undefined && (
          <Link to={linkTo('silences', { id: silencedBy })} class="badge">
            silenced
          </Link>
        )}
      </span>
    </article>
  );
}
