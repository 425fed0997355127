import type { EventBody } from '../../contract/event.ts';
import type { Identity, InstanceState } from '../../contract/instance.ts';
import { type SilenceRecord, titleOf } from '../../silences/silence.ts';
import type { ThresholdsMs } from '../thresholds.ts';

/** Why an instance is retired: it said so, someone took it out, or it was silent for too long. */
export type Retirement = {
  readonly cause: 'goodbye' | 'deleted' | 'forgotten';
  /** Who took it out. */
  readonly by?: string;
};

/** What the events of an instance carry. */
export type Facts = {
  readonly identity: Identity;
  readonly state: InstanceState;
  /** What was last told of it. */
  readonly previous: InstanceState;
  /** Since the last heartbeat; of one who recovered, since the one before the last. */
  readonly silentMs: number;
  readonly thresholds: ThresholdsMs;
};

type Change = 'started' | 'late' | 'down' | 'recovered' | 'retired';

export function changeEvent(kind: Change, facts: Facts, retirement?: Retirement): EventBody {
  return {
    ...common(facts),
    kind,
    // What is new was in no state before.
    ...(kind === 'started' ? {} : { previous: facts.previous }),
    reason: reasonOf(kind, facts, retirement),
    ...(kind === 'retired' && retirement ? { data: retirement } : {}),
  };
}

/** A silence over it has ended; which one, as far as that is still known. */
export function stillDownEvent(facts: Facts, silence: SilenceRecord | undefined): EventBody {
  const which = silence ? `${titleOf(silence)} (${silence.reason})` : 'silence over it';
  return {
    ...common(facts),
    kind: 'still_down',
    previous: facts.previous,
    reason: `No heartbeat for ${duration(facts.silentMs)}: still down, and the ${which} has ended.`,
    ...(silence ? { data: { silence: silence.id } } : {}),
  };
}

/** It was told to be down before, and nothing has changed. */
export function reminderEvent(facts: Facts): EventBody {
  return {
    ...common(facts),
    kind: 'still_down',
    previous: facts.previous,
    reason: `No heartbeat for ${duration(facts.silentMs)}: still down.`,
  };
}

export function flappingEvent(facts: Facts, changes: number, seconds: number): EventBody {
  return {
    ...common(facts),
    kind: 'flapping',
    previous: facts.previous,
    reason: `More than ${changes} changes of state in ${duration(seconds * 1_000)}: now ${facts.state}; single changes are not told until it is calm.`,
    data: { changes, seconds },
  };
}

export function calmEvent(facts: Facts, seconds: number): EventBody {
  return {
    ...common(facts),
    kind: 'calm',
    previous: facts.previous,
    reason: `No change of state for ${duration(seconds * 1_000)}: now ${facts.state}.`,
    data: { seconds },
  };
}

function common({ identity, state, silentMs, thresholds }: Facts) {
  return {
    subject: identity,
    state,
    ageSeconds: Math.round(Math.max(0, silentMs) / 100) / 10,
    thresholds: {
      lateSeconds: thresholds.lateMs / 1_000,
      downSeconds: thresholds.downMs / 1_000,
    },
  };
}

function reasonOf(kind: Change, facts: Facts, retirement: Retirement | undefined): string {
  const { silentMs, thresholds } = facts;
  switch (kind) {
    case 'started':
      return 'The first heartbeat.';
    case 'late':
    case 'down': {
      const limit = duration(kind === 'late' ? thresholds.lateMs : thresholds.downMs);
      return `No heartbeat for ${duration(silentMs)}: ${kind} after ${limit}.`;
    }
    case 'recovered':
      return `A heartbeat after ${duration(silentMs)} of silence.`;
    case 'retired':
      return retiredReason(silentMs, retirement);
  }
}

function retiredReason(silentMs: number, retirement: Retirement | undefined): string {
  switch (retirement?.cause) {
    case 'deleted':
      return retirement.by === undefined ? 'It was taken out.' : `Taken out by ${retirement.by}.`;
    case 'forgotten':
      return `Forgotten after ${duration(silentMs)} without a heartbeat.`;
    case 'goodbye':
    case undefined:
      return 'It said goodbye.';
  }
}

/** `12.5 s`, `3 min 20 s`, `2 h 5 min`, `7 d`: the two largest units. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${Math.round(Math.max(0, ms) / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
