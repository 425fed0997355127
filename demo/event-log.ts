import type { CloudEvent } from '../service/contract/cloud-event.ts';
import { type EventKind, eventKinds } from '../service/contract/event.ts';

/** Kinds of events that the service is configured to send to the receiver. */
export const notifiedKinds: readonly EventKind[] = [
  'down',
  'recovered',
  'retired',
  'silence.created',
];

/** The events that the service has published, and which of them have reached the receiver. */
export class PrintedEvents {
  readonly #events: CloudEvent[] = [];
  readonly #received = new Set<string>();
  #rejected = 0;
  #duplicates = 0;

  addEvent(event: CloudEvent): void {
    this.#events.push(event);
  }

  /** Adds a line that the receiver has printed: one for each message that it got. */
  addNotification(line: string): void {
    const [, id] = /\(signed, (?:again, )?(\w+)\)$/.exec(line) ?? [];
    if (id === undefined) this.#rejected += 1;
    else if (this.#received.has(id)) this.#duplicates += 1;
    else this.#received.add(id);
  }

  /** Number of events of a kind, of one instance or of all. */
  count(kind: EventKind, instance?: string): number {
    return this.#events.filter(
      ({ data }) => data.kind === kind && (instance === undefined || data.instance === instance),
    ).length;
  }

  /** Number of events of each kind that has some, in the order of `eventKinds`. */
  counts(): [kind: EventKind, count: number][] {
    return eventKinds
      .map((kind): [EventKind, number] => [kind, this.count(kind)])
      .filter(([, count]) => count > 0);
  }

  /** `missing`: has not arrived; `silenced`: suppressed by a silence, so that it must not arrive. */
  notifications() {
    const notified = this.#events.filter(({ data }) => notifiedKinds.includes(data.kind));
    const expected = notified.filter(({ data }) => data.silencedBy === undefined);
    return {
      received: this.#received.size,
      rejected: this.#rejected,
      duplicates: this.#duplicates,
      missing: expected.filter(({ id }) => !this.#received.has(id)).length,
      silenced: notified.length - expected.length,
    };
  }
}

/** Subject and reason of an event in one line, without kind and time. */
export function describeEvent({ data }: CloudEvent): string {
  const { name, version, instance, reason, silencedBy } = data;
  const subject = [name, version, instance].filter((part) => part !== undefined).join(' ');
  const remark = silencedBy === undefined ? '' : ' (silenced)';
  return `${subject === '' ? '' : `${subject}: `}${reason}${remark}`;
}

/** A line of the receiver without its time, and without the reason and the id of the event. */
export const describeNotification = (line: string): string =>
  line.replace(/^[\d:]{8} (\S+) *(.*?)(?:: .*)? {2}\((.*), \w+\)$/, '$1 $2 ($3)');
