import type { EventBody, EventKind } from '../../contract/event.ts';
import { duration } from '../reporting/instance-event.ts';
import type { Overdue } from './expected.ts';
import type { Health, HealthChange } from './health.ts';

const kinds = {
  well: 'component.recovered',
  degraded: 'component.degraded',
  down: 'component.down',
} as const satisfies Record<Health, EventKind>;

export function healthEvent(change: HealthChange): EventBody {
  const { component, health, previous, strength, minInstances, silencedBy, isRepeated } = change;
  const { alive, known } = strength;
  const rest = `of ${known} instances, ${minInstances} are wanted`;
  return {
    kind: kinds[health],
    subject: { name: component.name, version: component.version },
    ...(silencedBy === undefined ? {} : { silencedBy }),
    reason: `${alive === 0 ? 'None is' : alive} alive ${rest}${isRepeated ? ', and the silence over it has ended' : ''}.`,
    data: { health, previous, alive, known, minInstances },
  };
}

/** The subject is the rule's pattern: there is no component yet. */
export function neverSeenEvent({ pattern, waitedMs }: Overdue): EventBody {
  return {
    kind: 'component.never_seen',
    subject: pattern,
    reason: `It is expected, but no heartbeat came in ${duration(waitedMs)}.`,
    data: { waitedSeconds: Math.round(waitedMs / 1_000) },
  };
}
