import type { EventBody } from '../contract/event.ts';
import { type SilenceRecord, titleOf } from './silence.ts';

/** Its end before its time, the time itself, or the configuration that no longer has it. */
export type Ending = 'deleted' | 'expired' | 'removed';

export function silenceCreatedEvent(silence: SilenceRecord): EventBody {
  const [from, until] = [silence.fromMs, silence.untilMs].map((ms) => new Date(ms).toISOString());
  const when =
    silence.source === 'api' ? `lasts from ${from} until ${until}` : `is open until ${until}`;
  const reason = `The ${titleOf(silence)} ${when}: ${silence.reason}.`;
  return { kind: 'silence.created', subject: undefined, reason, data: dataOf(silence) };
}

export function silenceEndedEvent(silence: SilenceRecord, ending: Ending): EventBody {
  const reason = `The ${titleOf(silence)} ${howOf(silence, ending)}: ${silence.reason}.`;
  const data = { ...dataOf(silence), ending };
  return { kind: 'silence.ended', subject: undefined, reason, data };
}

function howOf({ endedBy }: SilenceRecord, ending: Ending): string {
  switch (ending) {
    case 'deleted':
      return `was ended${endedBy === undefined ? '' : ` by ${endedBy}`}`;
    case 'expired':
      return 'has ended';
    case 'removed':
      return 'is no longer in the configuration';
  }
}

function dataOf({
  id,
  matchers,
  fromMs,
  untilMs,
  reason,
  author,
  source,
  by,
  endedBy,
}: SilenceRecord) {
  return {
    ...{
      id,
      matchers,
      from: new Date(fromMs).toISOString(),
      until: new Date(untilMs).toISOString(),
    },
    ...{ reason, author, source },
    ...(by === undefined ? {} : { by }),
    ...(endedBy === undefined ? {} : { endedBy }),
  };
}
