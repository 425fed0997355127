import { z } from 'zod';
import { defined } from '../defined.ts';
import { matchesAll } from '../values/glob.ts';
import { isoTime } from '../values/iso-time.ts';

export const silenceStates = ['pending', 'active', 'expired'] as const;
export type SilenceState = (typeof silenceStates)[number];

/** Origin of a silence: a request, or a maintenance window of the configuration. */
export const silenceSources = ['api', 'configuration'] as const;
export type SilenceSource = (typeof silenceSources)[number];

/** Globs that all have to match: `*` matches any characters, `?` exactly one. */
export type Matchers = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/**
 * A rule that suppresses notifications for matching instances for a time. Their states change and
 * their events are logged as usual. Times are epoch milliseconds of the wall clock.
 */
export type Silence = {
  readonly id: string;
  readonly matchers: Matchers;
  readonly fromMs: number;
  readonly untilMs: number;
  /** For people: the reason, and a person who knows about it. */
  readonly reason: string;
  readonly author: string;
  readonly source: SilenceSource;
  readonly state: SilenceState;
  /** Present if it was ended before its time: when, and by which caller. */
  readonly endedAtMs?: number;
  readonly endedBy?: string;
};

/** A silence as a request describes it. */
export type SilenceDraft = Pick<Silence, 'matchers' | 'fromMs' | 'untilMs' | 'reason' | 'author'>;

export const matchesEverything = ({ name, version, instance }: Matchers): boolean =>
  [name, version, instance].every(matchesAll);

const glob = () => z.string().min(1).max(255);

/** Expected value of each member, for the reference and for problems. */
export const expectedOfSilence: Readonly<Record<string, string>> = {
  $: 'a JSON object with matchers, until or durationSeconds, reason and author',
  matchers: 'an object with name, version or instance',
  name: 'a text of 1 to 255 characters, in which * stands for any and ? for one',
  version: 'a text of 1 to 255 characters, in which * stands for any and ? for one',
  instance: 'a text of 1 to 255 characters, in which * stands for any and ? for one',
  everything: 'true or false',
  from: 'an RFC 3339 time such as 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970',
  until: 'an RFC 3339 time such as 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970',
  durationSeconds: 'a whole number from 1 to 315360000',
  reason: 'a text of 1 to 1000 characters without control characters',
  author: 'a text of 1 to 255 characters without control characters',
};

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u);
const time = () => z.union([z.string(), z.number()]).describe(expectedOfSilence['from'] ?? '');

export const silenceRequestSchema = z
  .strictObject({
    matchers: z
      .strictObject({
        name: glob().optional(),
        version: glob().optional(),
        instance: glob().optional(),
      })
      .describe('Globs that all have to match; an absent one matches everything.'),
    everything: z.boolean().optional().describe('Must be true for matchers that match everything.'),
    from: time().optional().describe('Beginning; the default is now.'),
    until: time().optional().describe('End, excluded; either this or durationSeconds.'),
    durationSeconds: z.int().min(1).max(315_360_000).optional().describe('Length.'),
    reason: text(1_000).describe('Reason, for people.'),
    author: text(255).describe('Person who knows about it.'),
  })
  .meta({
    id: 'SilenceRequest',
    description: 'A rule that suppresses notifications, its time, and the reason.',
  });

export const silenceSchema = z
  .object({
    id: z.string(),
    matchers: z.object({ name: z.string(), version: z.string(), instance: z.string() }),
    from: z.iso.datetime(),
    until: z.iso.datetime().describe('End, excluded.'),
    reason: z.string(),
    author: z.string(),
    source: z
      .enum(silenceSources)
      .describe('`configuration`: a maintenance window, with its current or next time.'),
    state: z.enum(silenceStates),
    ended: z.iso.datetime().optional().describe('Time of an end before `until`.'),
    endedBy: z.string().optional().describe('Caller that ended it.'),
  })
  .meta({
    id: 'Silence',
    description: 'A rule that suppresses notifications for matching instances.',
  });
export type SilenceResponse = z.infer<typeof silenceSchema>;

export function toSilenceResponse(silence: Silence): SilenceResponse {
  const { id, matchers, fromMs, untilMs, endedAtMs, endedBy, ...rest } = silence;
  const period = { from: isoTime(fromMs), until: isoTime(untilMs) };
  return { id, matchers, ...period, ...rest, ...defined({ ended: isoTime(endedAtMs), endedBy }) };
}
