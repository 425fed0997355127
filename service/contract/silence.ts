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
  [name, version, instance].every((glob) => /^\*+$/.test(glob));
