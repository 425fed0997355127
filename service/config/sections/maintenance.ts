import { Cron } from 'croner';
import { z } from 'zod';
import { integer } from './kinds.ts';

/**
 * A cron expression, also of the calendar of maintenance windows. Throws for an invalid one. Day and
 * weekday are joined as in Vixie's cron: both have to match if one of them begins with a star (the
 * days 1-7 and every seventh weekday are the first Sunday), otherwise one is enough.
 */
export function createCron(cron: string, timeZone = 'UTC'): Cron {
  const [, , day = '', , weekday = ''] = cron.trim().split(/\s+/);
  const domAndDow = day.startsWith('*') || weekday.startsWith('*');
  return new Cron(cron, { ...cronOptions, domAndDow, timezone: timeZone });
}

const cronOptions = {
  mode: '5-part',
  // `0 2,14 * * *` is a time of day too: in the night without it, the window opens right after.
  fixedTimeRule: 'no-wildcard',
  paused: true,
} as const;

const pattern = () => z.string().min(1).max(255);
const aCron = 'a cron expression of five parts that matches at some time, such as "30 2 * * 6"';
const aTimeZone = 'a time zone such as Europe/Berlin or UTC';
const aName = '1 to 40 lower-case letters, digits and hyphens';

const maintenanceWindow = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .meta({ expects: aName }),
    cron: z
      .string()
      .min(1)
      .max(200)
      .refine((cron) => wrappedRange(cron) === undefined, {
        abort: true,
        error: ({ input }) =>
          `a cron expression whose ranges ascend: ${wrappedRange(input)} is two, such as FRI-SAT,SUN-MON`,
      })
      .refine(matchesEver, { error: aCron })
      .meta({ expects: aCron }),
    timeZone: z
      .string()
      .default('UTC')
      .refine(isTimeZone, { error: aTimeZone })
      .meta({ expects: aTimeZone }),
    durationSeconds: integer(1, 31_536_000),
    match: z
      .strictObject({
        name: pattern().default('*'),
        version: pattern().default('*'),
        instance: pattern().default('*'),
      })
      .prefault({}),
    everything: z.boolean().default(false),
    reason: z.string().min(1).max(1_000),
  })
  .refine(({ match, everything }) => everything || Object.values(match).some(isSelective), {
    path: ['match'],
    error: 'a name, version or instance that is not only *, or everything: true',
  });

export const maintenanceSection = z
  .array(maintenanceWindow)
  .max(1_000)
  .refine((windows) => new Set(windows.map(({ name }) => name)).size === windows.length, {
    error: 'a different name for each window',
  })
  .default([])
  .describe(
    'Maintenance windows, recurring times without notifications: {name, cron, timeZone, durationSeconds, match: {name, version, instance}, everything, reason}. They act as silences with the id `maintenance.<name>`.',
  );

export type MaintenanceConfig = z.output<typeof maintenanceSection>;
export type MaintenanceWindow = MaintenanceConfig[number];

const isSelective = (glob: string): boolean => !/^\*+$/.test(glob);

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = [
  ...['jan', 'feb', 'mar', 'apr', 'may', 'jun'],
  ...['jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
];

/** The first range that runs backwards, such as `FRI-MON`. Sunday ends a week as well. */
function wrappedRange(cron: unknown): string | undefined {
  for (const [text, from = '', to = ''] of String(cron)
    .toLowerCase()
    .matchAll(/(\w+)-(\w+)/g)) {
    const [first, last] = [numberOf(from), to === 'sun' ? 7 : numberOf(to)];
    if (first !== undefined && last !== undefined && first > last) return text.toUpperCase();
  }
  return undefined;
}

function numberOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const number = Math.max(weekdays.indexOf(text), months.indexOf(text));
  return number < 0 ? undefined : number;
}

function matchesEver(cron: string): boolean {
  try {
    return createCron(cron).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
