import type { EventBody } from '../telling/instance-event.ts';
import type { SilenceRecord } from './silence.ts';

/** Its end before its time, the time itself, or the configuration that no longer has it. */
export type Ending = 'deleted' | 'expired' | 'removed';

export function silenceCreatedEvent(silence: SilenceRecord): EventBody {
  const until = new Date(silence.untilMs).toISOString();
  const what = `${title(silence)} until ${until}: ${silence.reason}`;
  const is = silence.source === 'api' ? 'was made' : 'has opened';
  return {
    kind: 'silence.created',
    subject: undefined,
    reason: `${what} (${is}).`,
    data: dataOf(silence),
  };
}

export function silenceEndedEvent(silence: SilenceRecord, ending: Ending): EventBody {
  const reason = `${title(silence)} ${howOf(silence, ending)}: ${silence.reason}`;
  return {
    kind: 'silence.ended',
    subject: undefined,
    reason,
    data: { ...dataOf(silence), ending },
  };
}

const title = ({ id, source, author }: SilenceRecord): string =>
  source === 'api' ? `The silence ${id} by ${author}` : `The maintenance window ${id}`;

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
