import type { LivenessEvent } from '../../contract/event.ts';
import { changeOf, changes } from './changes.ts';

/**
 * A change as a message of hbtd's telemetry bus; undefined for events without one. The time is the
 * sender's own text. For instances of other protocols, it is that of the last heartbeat by the clock of
 * the service.
 */
export function telemetryMessage(event: LivenessEvent): object | undefined {
  const change = changeOf(event);
  if (change === undefined) return undefined;
  const { state, flag, info } = changes[change.kind];
  return {
    MessageID: 'Heartbeat Change Notification',
    ID: change.subject.instance,
    NewState: state,
    NewFlag: flag,
    LastHBTimeStamp: senderTimeOf(event) ?? new Date(lastHeardMs(event)).toISOString(),
    Info: info,
  };
}

function senderTimeOf({ data }: LivenessEvent): string | undefined {
  const text = data?.['senderTime'];
  return typeof text === 'string' ? text : undefined;
}

/** For an instance that is up, the event has the time of its last heartbeat. */
function lastHeardMs({ atMs, state, ageSeconds = 0 }: LivenessEvent): number {
  return state === 'up' ? atMs : atMs - ageSeconds * 1_000;
}
