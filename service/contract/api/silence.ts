import { z } from 'zod';
import { matchesAll } from '../values/glob.ts';

/**
 * A rule that keeps events of matching instances from being notified for a time. They are logged
 * all the same, and states go on.
 */
export const silenceStates = ['pending', 'active', 'expired'] as const;
export type SilenceState = (typeof silenceStates)[number];

/** Who made it: a caller, or a maintenance window of the configuration. */
export const silenceSources = ['api', 'configuration'] as const;
export type SilenceSource = (typeof silenceSources)[number];

/** Globs, each of which has to match: `*` stands for any characters, `?` for one. */
export type Matchers = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/** Times are epoch milliseconds of the wall clock. */
export type Silence = {
  readonly id: string;
  readonly matchers: Matchers;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Why, and who is to be asked; both for people. */
  readonly reason: string;
  readonly author: string;
  readonly source: SilenceSource;
  readonly state: SilenceState;
  /** When it was ended before its time, and by whom. */
  readonly endedAtMs?: number;
  readonly endedBy?: string;
};

/** What a caller wants to be silent. */
export type SilenceDraft = Pick<Silence, 'matchers' | 'fromMs' | 'untilMs' | 'reason' | 'author'>;

export const matchesEverything = ({ name, version, instance }: Matchers): boolean =>
  [name, version, instance].every(matchesAll);

const glob = () => z.string().min(1).max(255);

/** What is wanted of a text, for the reference and for whoever sends another one. */
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

const words = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u);
const moment = () => z.union([z.string(), z.number()]).describe(expectedOfSilence['from'] ?? '');

export const silenceRequestSchema = z
  .strictObject({
    matchers: z
      .strictObject({
        name: glob().optional(),
        version: glob().optional(),
        instance: glob().optional(),
      })
      .describe('Globs, all of which have to match; an absent one matches everything.'),
    everything: z
      .boolean()
      .optional()
      .describe('Has to be true for matchers that match everything.'),
    from: moment().optional().describe('Since when; without it from now on.'),
    until: moment().optional().describe('Until when; either this or durationSeconds.'),
    durationSeconds: z.int().min(1).max(315_360_000).optional().describe('For how long.'),
    reason: words(1_000).describe('Why.'),
    author: words(255).describe('Who is to be asked about it.'),
  })
  .meta({ id: 'SilenceRequest', description: 'What is to be silent, for how long, and why.' });

export const silenceSchema = z
  .object({
    id: z.string(),
    matchers: z.object({ name: z.string(), version: z.string(), instance: z.string() }),
    from: z.iso.datetime(),
    until: z.iso.datetime().describe('Outside: from then on it holds no longer.'),
    reason: z.string(),
    author: z.string(),
    source: z
      .enum(silenceSources)
      .describe('`configuration`: a maintenance window, with the time that it is or will be open.'),
    state: z.enum(silenceStates),
    ended: z.iso.datetime().optional().describe('When it was ended before its time.'),
    endedBy: z.string().optional().describe('By whom.'),
  })
  .meta({
    id: 'Silence',
    description: 'A rule that keeps events of matching instances from being notified.',
  });
export type SilenceResponse = z.infer<typeof silenceSchema>;

export function toSilenceResponse(silence: Silence): SilenceResponse {
  const { id, matchers, fromMs, untilMs, reason, author, source, state } = silence;
  const { endedAtMs, endedBy } = silence;
  return {
    ...{ id, matchers, from: at(fromMs), until: at(untilMs), reason, author, source, state },
    ...(endedAtMs === undefined ? {} : { ended: at(endedAtMs) }),
    ...(endedBy === undefined ? {} : { endedBy }),
  };
}

const at = (ms: number): string => new Date(ms).toISOString();
