import type { LivenessEvent } from '../../contract/event.ts';
import type { Identity, InstanceState } from '../../contract/instance.ts';

/** What hbtd tells of a component: in which words the State Manager hears it, and telemetry. */
export const changes = {
  started: {
    state: 'Ready',
    flag: 'OK',
    message: 'Heartbeat started',
    info: 'Heartbeat started.',
  },
  restarted: {
    state: 'Ready',
    flag: 'OK',
    message: 'Heartbeat restarted',
    info: 'Heartbeat re-started.',
  },
  warned: {
    state: 'Ready',
    flag: 'Warning',
    message: 'Heartbeat stopped -- might be dead',
    info: 'Heartbeat stopped, node may be dead.',
  },
  dead: {
    state: 'Standby',
    flag: 'Alert',
    message: 'Heartbeat stopped -- declared dead',
    info: 'Heartbeat stopped, node is dead.',
  },
} as const;

export type ChangeKind = keyof typeof changes;
export const changeKinds: readonly ChangeKind[] = ['started', 'restarted', 'warned', 'dead'];

/** A change of one component. */
export type Change = { readonly kind: ChangeKind; readonly subject: Identity };

/**
 * What an event says in the words of hbtd; undefined for what has none there: goodbyes, reminders,
 * events of whole components and of the service.
 */
export function changeOf(event: LivenessEvent): Change | undefined {
  const { subject } = event;
  if (subject === undefined || !('instance' in subject)) return undefined;
  const kind = kindOf(event);
  return kind && { kind, subject };
}

function kindOf({ kind, previous, state }: LivenessEvent): ChangeKind | undefined {
  switch (kind) {
    case 'started':
      return 'started';
    case 'recovered':
      // Who was declared dead was struck off the list: its next heartbeat was the first one again.
      return previous === 'down' ? 'started' : 'restarted';
    case 'late':
      return 'warned';
    case 'down':
      return 'dead';
    // Single changes are not told of who flaps: what it is now has to be said all the same.
    case 'flapping':
    case 'calm':
      return state && ofState[state];
    default:
      return undefined;
  }
}

const ofState: Readonly<Record<InstanceState, ChangeKind | undefined>> = {
  up: 'restarted',
  late: 'warned',
  down: 'dead',
  retired: undefined,
};
