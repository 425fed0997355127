import type { LivenessEvent } from '../../contract/event.ts';
import { changeOf, changes } from './changes.ts';

/**
 * A change as hbtd put it on its telemetry bus; undefined for what it had no message for. The time
 * is that of the last heartbeat's receipt, by the clock of the service.
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
    LastHBTimeStamp: new Date(lastHeardMs(event)).toISOString(),
    Info: info,
  };
}

/** Of whoever is up again, the heartbeat that told so is the last one. */
function lastHeardMs({ atMs, state, ageSeconds = 0 }: LivenessEvent): number {
  return state === 'up' ? atMs : atMs - ageSeconds * 1_000;
}
