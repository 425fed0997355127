import { z } from 'zod';
import {
  type Matchers,
  type Silence,
  type SilenceState,
  silenceSources,
} from '../contract/api/silence.ts';
import type { Component, Identity } from '../contract/instance.ts';
import { createGlob } from '../contract/values/glob.ts';

/**
 * A silence as it is kept.
 *
 *   waiting ──▶ holding ──▶ over
 *      ▲           │  ▲       │
 *      └───────────┘  └───────┘   only when the wall clock is set back
 *
 * When it ought to hold is a matter of the wall clock alone (`isDue`). The phase is what has been
 * made of that: it changes at the looks for silence, so that within one look every event is judged
 * by the same silences, and none is over before what it kept back has been taken up.
 */
export const silenceRecordSchema = z.object({
  id: z.string(),
  matchers: z.object({ name: z.string(), version: z.string(), instance: z.string() }),
  fromMs: z.number(),
  untilMs: z.number(),
  reason: z.string(),
  author: z.string(),
  source: z.enum(silenceSources),
  /** By whose request it was made, as far as we know that ourselves. */
  by: z.string().optional(),
  /** It held from the moment it was made: a clock that is set back does not make it wait. */
  isImmediate: z.boolean(),
  phase: z.enum(['waiting', 'holding', 'over']),
  endedAtMs: z.number().optional(),
  endedBy: z.string().optional(),
});
export type SilenceRecord = Readonly<z.output<typeof silenceRecordSchema>>;

/** Whether it ought to hold. */
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

export function stateOf(record: SilenceRecord, nowMs: number): SilenceState {
  if (isPast(record, nowMs)) return 'expired';
  return isDue(record, nowMs) ? 'active' : 'pending';
}

export function inPublic(record: SilenceRecord, nowMs: number): Silence {
  const { id, matchers, fromMs, untilMs, reason, author, source, endedAtMs, endedBy } = record;
  return {
    ...{ id, matchers, fromMs, untilMs, reason, author, source, state: stateOf(record, nowMs) },
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(endedBy === undefined ? {} : { endedBy }),
  };
}

/** What people call it, in the middle of a sentence. */
export const titleOf = ({ id, source, author }: SilenceRecord): string =>
  source === 'api' ? `silence ${id} by ${author}` : `maintenance window ${id}`;

/** Whom an event is about. */
export type Subject = Identity | Component;

/**
 * Whether a silence covers a subject. A component as a whole is covered only where no single
 * instances are meant: whoever restarts one of three still wants to hear that two are too few.
 */
export function createCover(matchers: Matchers): (subject: Subject) => boolean {
  const isName = createGlob(matchers.name);
  const isVersion = createGlob(matchers.version);
  const isInstance = createGlob(matchers.instance);
  const isWhole = /^\*+$/.test(matchers.instance);
  return (subject) =>
    isName(subject.name) &&
    isVersion(subject.version) &&
    (isWhole || ('instance' in subject && isInstance(subject.instance)));
}
