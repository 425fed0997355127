import { z } from 'zod';
import {
  type Matchers,
  type Silence,
  type SilenceState,
  silenceSources,
} from '../contract/api/silence.ts';
import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import type { Component, Identity } from '../contract/instance.ts';
import { createGlob, matchesAll } from '../contract/values/glob.ts';
import { isoTime } from '../contract/values/iso-time.ts';

/**
 * A silence as it is kept.
 *
 *   pending ──▶ active ──▶ over
 *      ▲           │  ▲       │
 *      └───────────┘  └───────┘   only when the wall clock is set back
 *
 * When it ought to be active is a matter of the wall clock alone (`isDue`). The phase follows that at
 * evaluations: within one evaluation every event is matched against the same silences, and none is
 * over before what it suppressed has been marked.
 */
export const silenceRecordSchema = z.object({
  id: z.string(),
  matchers: z.object({ name: z.string(), version: z.string(), instance: z.string() }),
  fromMs: z.number(),
  untilMs: z.number(),
  reason: z.string(),
  author: z.string(),
  source: z.enum(silenceSources),
  /** The caller that made it, as far as the service knows it. */
  by: z.string().optional(),
  /** It was active from the moment it was made: a clock that is set back does not make it wait. */
  isImmediate: z.boolean(),
  phase: z.enum(['pending', 'active', 'over']),
  endedAtMs: z.number().optional(),
  endedBy: z.string().optional(),
});
export type SilenceRecord = Readonly<z.output<typeof silenceRecordSchema>>;

/** Whether it ought to be active. */
export const isDue = (record: SilenceRecord, nowMs: number): boolean =>
  record.endedAtMs === undefined &&
  (record.isImmediate || nowMs >= record.fromMs) &&
  nowMs < record.untilMs;

/** Whether its time has passed, however much of it there was. */
export const isPast = (record: SilenceRecord, nowMs: number): boolean =>
  record.endedAtMs !== undefined || nowMs >= record.untilMs;

/** When it ended, or will end. */
export const endOf = ({ untilMs, endedAtMs }: SilenceRecord): number =>
  Math.min(untilMs, endedAtMs ?? untilMs);

function stateOf(record: SilenceRecord, nowMs: number): SilenceState {
  if (isPast(record, nowMs)) return 'expired';
  return isDue(record, nowMs) ? 'active' : 'pending';
}

/** The silence as callers see it. */
export function toSilence(record: SilenceRecord, nowMs: number): Silence {
  const { by, isImmediate, phase, endedAtMs, endedBy, ...shared } = record;
  return { ...shared, state: stateOf(record, nowMs), ...defined({ endedAtMs, endedBy }) };
}

/** Name of the silence in the middle of a sentence. */
export const titleOf = ({ id, source, author }: SilenceRecord): string =>
  source === 'api' ? `silence ${id} by ${author}` : `maintenance window ${id}`;

/**
 * Returns a function that says whether a silence covers a subject. A component is covered only when
 * the silence names no single instances: while one of three is restarted, a recipient still wants to
 * be notified that two are too few.
 */
export function createCover(matchers: Matchers): (subject: Identity | Component) => boolean {
  const isName = createGlob(matchers.name);
  const isVersion = createGlob(matchers.version);
  const isInstance = createGlob(matchers.instance);
  const coversComponents = matchesAll(matchers.instance);
  return (subject) =>
    isName(subject.name) &&
    isVersion(subject.version) &&
    (coversComponents || ('instance' in subject && isInstance(subject.instance)));
}

export function silenceCreatedEvent(silence: SilenceRecord): EventBody {
  const [from, until] = [silence.fromMs, silence.untilMs].map(isoTime);
  const when =
    silence.source === 'api' ? `lasts from ${from} until ${until}` : `is open until ${until}`;
  const reason = `The ${titleOf(silence)} ${when}: ${silence.reason}.`;
  return { kind: 'silence.created', subject: undefined, reason, data: dataOf(silence) };
}

/** Why a silence ended: before its time, with its time, or it is not in the configuration any more. */
type Ending = 'deleted' | 'expired' | 'removed';

export function silenceEndedEvent(silence: SilenceRecord, ending: Ending): EventBody {
  const reason = `The ${titleOf(silence)} ${describeEnding(silence, ending)}: ${silence.reason}.`;
  const data = { ...dataOf(silence), ending };
  return { kind: 'silence.ended', subject: undefined, reason, data };
}

function describeEnding({ endedBy }: SilenceRecord, ending: Ending): string {
  switch (ending) {
    case 'deleted':
      return `was ended${endedBy === undefined ? '' : ` by ${endedBy}`}`;
    case 'expired':
      return 'has ended';
    case 'removed':
      return 'is no longer in the configuration';
  }
}

function dataOf(silence: SilenceRecord) {
  const { id, matchers, fromMs, untilMs, reason, author, source, by, endedBy } = silence;
  const [from, until] = [fromMs, untilMs].map(isoTime);
  return { id, matchers, from, until, reason, author, source, ...defined({ by, endedBy }) };
}
