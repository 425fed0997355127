import type { LivenessEvent } from '../../contract/event.ts';
import type { Identity, InstanceState } from '../../contract/instance.ts';

/** Texts of hbtd for the changes of a component, for the State Manager and for telemetry. */
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
type HbtdChange = { readonly kind: ChangeKind; readonly subject: Identity };

/**
 * The change that hbtd reports for an event; undefined for events that hbtd does not have: `stopping`,
 * reminders, events of whole components and of the service.
 */
export function changeOf(event: LivenessEvent): HbtdChange | undefined {
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
      // hbtd forgets a component that it has declared dead: the next heartbeat is a first one.
      return previous === 'down' ? 'started' : 'restarted';
    case 'late':
      return 'warned';
    case 'down':
      return 'dead';
    // Single changes of a flapping instance are not reported, so these events report its state.
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
