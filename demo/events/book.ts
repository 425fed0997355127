import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { type EventKind, eventKinds } from '../../service/contract/event.ts';

/** What the service has told. */
export type EventBook = {
  note(event: CloudEvent): void;
  /** Whether it told this of an instance. */
  has(kind: EventKind, instance: string): boolean;
  /** How often it told what, in the order of `eventKinds`; what it never told is not there. */
  counts(): [kind: EventKind, count: number][];
};

export function createEventBook(): EventBook {
  const instances = new Map<EventKind, Set<string>>();
  const counts = new Map<EventKind, number>();
  return {
    note({ data: { kind, instance } }) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (instance === undefined) return;
      const told = instances.get(kind) ?? new Set();
      instances.set(kind, told.add(instance));
    },
    has: (kind, instance) => instances.get(kind)?.has(instance) ?? false,
    counts: () =>
      eventKinds.flatMap((kind): [EventKind, number][] => {
        const count = counts.get(kind);
        return count === undefined ? [] : [[kind, count]];
      }),
  };
}

/** Of whom it speaks, and why, in one line; kind and time stand beside it. */
export function describeEvent({ data }: CloudEvent): string {
  const { name, version, instance, reason: why, silencedBy } = data;
  const reason = silencedBy === undefined ? why : `${why} (silenced)`;
  const subject = [name, version, instance].filter((part) => part !== undefined).join(' ');
  return subject === '' ? reason : `${subject}: ${reason}`;
}
