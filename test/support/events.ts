import fc from 'fast-check';
import { type EventKind, eventKinds, type LivenessEvent } from '../../service/contract/event.ts';
import { createUlids } from '../../service/runtime/ulid.ts';

export const newUlid = createUlids();

/** An event of an instance, with an id that belongs to its time. */
export function anEvent(fields: Partial<LivenessEvent> = {}): LivenessEvent {
  const { atMs = 1_767_225_600_000 } = fields;
  return {
    id: newUlid(atMs),
    atMs,
    kind: 'down',
    subject: { name: 'Orion', version: '1.0', instance: 'i-1' },
    state: 'down',
    previous: 'late',
    ageSeconds: 301,
    thresholds: { lateSeconds: 120, downSeconds: 300 },
    reason: 'no heartbeat for 301 s',
    ...fields,
  };
}

/** `count` events, distinguishable by `instance`, a second apart. */
export function someEvents(count: number, first = 1): LivenessEvent[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent({
      atMs: 1_767_225_600_000 + (first + index) * 1_000,
      subject: { name: 'Orion', version: '1.0', instance: `i-${first + index}` },
    }),
  );
}

export const instancesOf = (events: readonly LivenessEvent[]): (string | undefined)[] =>
  events.map(({ subject }) => (subject && 'instance' in subject ? subject.instance : undefined));

const few = (...texts: [string, ...string[]]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...texts) }, fc.string({ minLength: 1 }));

/** Events of few names and times, so that filters meet them; all ids belong to their times. */
export const anyEvent: fc.Arbitrary<LivenessEvent> = fc
  .record({
    atMs: fc.integer({ min: 1_000_000, max: 1_000_020 }),
    kind: fc.constantFrom<EventKind>(...eventKinds),
    subject: fc.oneof(
      fc.record({
        name: few('a', 'b', 'ab'),
        version: few('1', '2'),
        instance: few('x', 'y', 'xy'),
      }),
      fc.record({ name: few('a', 'b'), version: few('1', '2') }),
      fc.constant(undefined),
    ),
    reason: few('no heartbeat', 'Ärger', 'ÄRGER mit a'),
    silencedBy: few('maintenance.nightly', '01KCH0000000000000000000AA'),
    isSilenced: fc.boolean(),
  })
  .map(({ silencedBy, isSilenced, ...fields }) =>
    anEvent({ ...fields, ...(isSilenced ? { silencedBy } : {}) }),
  );
