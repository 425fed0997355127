import type { LivenessEvent } from '../../contract/event.ts';

/** How a thing looks to whoever is told of it: the colour of a message. */
export type Tone = 'bad' | 'warning' | 'good' | 'neutral';

/** What an event leaves its subject in: a word for people; of two the higher rank is told first. */
export type Standing = { readonly word: string; readonly tone: Tone; readonly rank: number };

const standing = (word: string, tone: Tone, rank: number): Standing => ({ word, tone, rank });

const down = standing('DOWN', 'bad', 80);
const late = standing('LATE', 'warning', 30);
const resolved = standing('RESOLVED', 'good', 20);

/** A `calm` instance is in some state, of which no other event tells. */
export function standingOf({ kind, state }: LivenessEvent): Standing {
  switch (kind) {
    case 'mass_outage':
      return standing('MASS SILENCE', 'bad', 90);
    case 'down':
    case 'component.down':
      return down;
    case 'still_down':
      return standing('STILL DOWN', 'bad', 70);
    case 'component.never_seen':
      return standing('NEVER SEEN', 'bad', 60);
    case 'component.degraded':
      return standing('DEGRADED', 'warning', 50);
    case 'flapping':
      return standing('FLAPPING', 'warning', 40);
    case 'late':
      return late;
    case 'calm':
      if (state === 'down') return down;
      return state === 'late' ? late : resolved;
    case 'recovered':
    case 'component.recovered':
    case 'mass_outage.ended':
      return resolved;
    case 'started':
      return standing('STARTED', 'neutral', 10);
    case 'retired':
      return standing('RETIRED', 'neutral', 11);
    case 'params.changed':
      return standing('PARAMETERS CHANGED', 'neutral', 12);
    case 'silence.created':
      return standing('SILENCE', 'neutral', 13);
    case 'silence.ended':
      return standing('SILENCE ENDED', 'neutral', 14);
    case 'admin.acted':
      return standing('ADMIN ACTION', 'neutral', 16);
    case 'test':
      return standing('TEST', 'neutral', 15);
  }
}
