import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import type { EventKind } from '../../service/contract/event.ts';
import type { InstanceState } from '../../service/contract/instance.ts';
import { linkTo } from '../data/address.ts';
import { Link } from './link.tsx';
import { Name } from './name.tsx';
import { StateMark } from './state.tsx';
import { Time } from './time.tsx';

const marks: Readonly<Partial<Record<EventKind, InstanceState>>> = {
  started: 'up',
  recovered: 'up',
  calm: 'up',
  'status.ok': 'up',
  'component.recovered': 'up',
  'mass_outage.ended': 'up',
  late: 'late',
  flapping: 'late',
  'status.not_ok': 'late',
  'component.degraded': 'late',
  'clock.skewed': 'late',
  down: 'down',
  still_down: 'down',
  'component.down': 'down',
  'component.never_seen': 'down',
  mass_outage: 'down',
};

/** State whose colour and shape an event has. */
export const markOf = (kind: EventKind): InstanceState => marks[kind] ?? 'retired';

export const kindText = (kind: EventKind): string => kind.replaceAll(/[._]/g, ' ');

/** An event in two short lines. */
export function EventLine({ event }: { event: CloudEvent }) {
  const { kind, silencedBy } = event.data;
  return (
    <div class="event-line">
      <StateMark state={markOf(kind)} />
      <div class="event-text">
        <EventSubject event={event} />
        <span class="event-kind">
          {kindText(kind)}
          {silencedBy !== undefined && ' · silenced'}
        </span>
      </div>
      <Link to={linkTo('events', { event: event.id })} class="event-time">
        <Time at={event.time} />
      </Link>
    </div>
  );
}

/** Instance, component or nothing, as a link to its view. */
export function EventSubject({ event }: { event: CloudEvent }) {
  const { name, version, instance } = event.data;
  if (name === undefined || version === undefined) return <span class="subject">Service</span>;
  const target = linkTo(instance === undefined ? 'component' : 'instance', {
    name,
    version,
    ...(instance === undefined ? {} : { instance }),
  });
  return (
    <Link to={target} class="subject">
      <Name text={name} />
      {instance !== undefined && (
        <span class="subject-instance">
          {' '}
          <Name text={instance} />
        </span>
      )}
    </Link>
  );
}
