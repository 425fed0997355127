import { z } from 'zod';
import { type Described, glob, moment, severalOf, truth } from '../described.ts';
import { parseTimeZone } from '../moment.ts';
import { outcome, type Parameters, type Reading } from '../parameters.ts';
import { type GroupKey, groupKeys } from '../period/groups.ts';
import type { IdentityFilter } from '../period/identities.ts';
import { mostRows, tooManyRows } from './most-rows.ts';
import {
  type Period,
  parseStep,
  type Step,
  stepBeginnings,
  stepExpected,
  stepMs,
} from './steps.ts';

/** Who was active when: the question, whoever answers it. */
export type AskedActive = Period & {
  /** Undefined when totals over the period are asked for. */
  readonly step: Step | undefined;
  /** When the steps begin; one that begins with the period for totals. */
  readonly steps: readonly number[];
  readonly timeZone: string;
  /** In the order of `groupKeys`; none of them: all instances together. */
  readonly by: readonly GroupKey[];
  readonly filter: IdentityFilter;
  /** Whether steps in which nobody of a group was active have a row. */
  readonly hasZeros: boolean;
  readonly nowMs: number;
};

const step: Described<Step | undefined> = {
  name: 'step',
  description: `How long the steps are: ${stepExpected}. Without it, totals over the period.`,
  schema: z.string(),
  read: (parameters) => parameters.parsed('step', stepExpected, parseStep),
};

const zone: Described<string> = {
  name: 'tz',
  description:
    'The time zone of dates without an offset, of days, weeks and months, and of the times in ' +
    'the answer: an IANA name such as `Europe/Zurich`.',
  schema: z.string().meta({ default: 'UTC' }),
  read: (parameters) =>
    parameters.parsed('tz', 'an IANA time zone such as Europe/Zurich', parseTimeZone) ?? 'UTC',
};

const from = moment('from', 'Where the period begins; a day ago when left out.');
const to = moment('to', 'Where it ends, this moment excluded; now, included, when left out.');

/** Of every question about a period. */
export const periodParameters = [from, to, zone];

const asking = {
  step,
  by: severalOf('by', groupKeys, 'What to count apart; all instances together when left out.'),
  name: glob('name', 'Only components with this name.'),
  version: glob('version', 'Only this version.'),
  instance: glob('instance', 'Only this instance.'),
  zeros: truth(
    'zeros',
    'Whether a group that was active in the period has rows for those steps too in which it was ' +
      'not; it has when left out.',
  ),
};
export const activeParameters = [...periodParameters, ...Object.values(asking)];

/** What the time of asking means. */
export type Asking = {
  readonly nowMs: number;
  /** What was before this is not kept. */
  readonly keptFromMs: number;
};

/** Reads what `GET /api/v1/active` is asked for. */
export function readActiveQuery(parameters: Parameters, asked: Asking): Reading<AskedActive> {
  const period = readPeriod(parameters, asked);
  const { timeZone } = period;
  const chosen = asking.step.read(parameters);
  const question = {
    ...period,
    step: chosen,
    by: asking.by.read(parameters) ?? [],
    filter: {
      name: asking.name.read(parameters),
      version: asking.version.read(parameters),
      instance: asking.instance.read(parameters),
    },
    hasZeros: asking.zeros.read(parameters) ?? true,
    nowMs: asked.nowMs,
  };
  const isFine = chosen && (period.toMs - period.fromMs) / stepMs(chosen) > mostRows;
  if (isFine) parameters.refuse('step', tooManyRows(question, 1));
  if (parameters.errors().length > 0 || !chosen) {
    return outcome(parameters, { ...question, steps: [period.fromMs] });
  }
  return outcome(parameters, { ...question, steps: stepBeginnings(period, chosen, timeZone) });
}

const dayMs = 86_400_000;

/** The period that `from`, `to` and `tz` ask for: of what is kept, and of what has been. */
export function readPeriod(
  parameters: Parameters,
  { nowMs, keptFromMs }: Asking,
): Period & { readonly timeZone: string } {
  const timeZone = zone.read(parameters);
  const given = from.read(parameters, nowMs, timeZone);
  const endMs = to.read(parameters, nowMs, timeZone) ?? nowMs;
  const fromMs = given ?? Math.max(keptFromMs, Math.min(endMs, nowMs) - dayMs);
  // What was heard in this very millisecond belongs to an answer that goes until now.
  const toMs = endMs >= nowMs ? nowMs + 1 : endMs;
  if (fromMs < keptFromMs) {
    const kept = new Date(keptFromMs).toISOString();
    const why = 'what was before is not kept (ledger.retentionDays)';
    parameters.refuse('from', `a time from ${kept} on: ${why}`);
  } else if (fromMs > nowMs) parameters.refuse('from', 'a time that is not in the future');
  else if (toMs <= fromMs) parameters.refuse('to', 'a time after "from"');
  return { fromMs, toMs, timeZone };
}
