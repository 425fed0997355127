import { type Command, Option } from 'commander';
import { z } from 'zod';
import { CliFailure, exitCodes } from '../failure.ts';
import type { Screen } from '../output/screen.ts';
import { show, type View } from '../output/show.ts';
import { sparkline } from '../output/sparkline.ts';
import type { Column } from '../output/table.ts';
import { timeText } from '../output/words.ts';
import {
  examples,
  type IdentityFilter,
  moment,
  openSession,
  type RemoteOptions,
  withFormat,
  withIdentityFilter,
  withRemote,
} from '../remote/options.ts';
import type { Remote } from '../remote/remote.ts';

type Options = RemoteOptions &
  IdentityFilter & {
    since: string;
    until?: string;
    by: string;
    step?: string;
    tz?: string;
    source?: string;
    compare?: true;
  };

export function addActiveCommand(program: Command): void {
  const command = program
    .command('active')
    .description('who was active when, and how many at most')
    .option('--since <time>', 'where the period begins: 24h, 2026-01-31, …', moment, 'now-24h')
    .option('--until <time>', 'where it ends; default: now', moment)
    .addOption(
      new Option('--by <keys>', 'what to count apart: name, version, instance').default(
        'name,version',
      ),
    )
    .option('--step <step>', 'a row for each minute, hour, day …: 1m, 1h, 1d, 1mo')
    .option('--tz <zone>', 'of days and months, such as Europe/Zurich; default: UTC');
  withIdentityFilter(command)
    .addOption(new Option('--source <source>', 'who is asked').choices(['ledger', 'monasca']))
    .option('--compare', 'ask both, and print only where they differ');
  withRemote(withFormat(command)).action(active);
  examples(command, [
    'ge-heartbeat active --since 24h --by name,version',
    'ge-heartbeat active --since 30d --step 1d --format csv > active.csv',
    'ge-heartbeat active --since 7d --step 1d --compare',
    "ge-heartbeat active --since 2026-01-01 --until 2026-02-01 --by name --name 'Orion*'",
  ]);
}

const rowSchema = z.looseObject({
  time: z.string().optional(),
  name: z.string().optional(),
  version: z.string().optional(),
  instance: z.string().optional(),
  active: z.number().optional(),
  max: z.number().optional(),
  started: z.number().optional(),
  ended: z.number().optional(),
});
type Row = z.infer<typeof rowSchema>;

async function active(options: Options): Promise<void> {
  const { remote, screen, format } = openSession(options);
  const { since, until, by, step, tz, source, compare, name, version, instance } = options;
  const period = { from: since, to: until, step, tz };
  const query = { ...period, by, source, compare: compare && 'true', name, version, instance };
  const path = '/api/v1/active';
  const keys = by.split(',').filter((key) => key !== '');
  const trends =
    format === 'table' && step === undefined && !compare
      ? await trendsOf(remote, { ...query, step: stepFor(since, until, Date.now()) })
      : undefined;
  const rows = remote.rows({ path, query }, rowSchema);
  const numbers = compare ? ofComparison : ofOne;
  const texts = step === undefined ? keys : ['time', ...keys];
  await show(rows, format, viewOf(texts, numbers, trends, screen), screen);
}

type Trends = {
  readonly highest: number;
  readonly byGroup: ReadonlyMap<string, readonly number[]>;
};

/** How many were active in the course of the period, by group. */
async function trendsOf(
  remote: Remote,
  query: Readonly<Record<string, string | undefined>>,
): Promise<Trends | undefined> {
  if (query['step'] === undefined) return undefined;
  const byGroup = new Map<string, number[]>();
  let highest = 0;
  try {
    for await (const row of remote.rows({ path: '/api/v1/active', query }, rowSchema)) {
      const values = byGroup.get(groupOf(row)) ?? [];
      values.push(row.active ?? 0);
      byGroup.set(groupOf(row), values);
      highest = Math.max(highest, row.active ?? 0);
    }
  } catch (error) {
    // More groups than there can be lines of, or a question that is wrong, and told of below.
    if (error instanceof CliFailure && error.exitCode === exitCodes.usage) return undefined;
    throw error;
  }
  return { highest, byGroup };
}

const groupOf = ({ name, version, instance }: Row): string =>
  JSON.stringify([name, version, instance]);

const steps = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '3h': 180, '6h': 360, '1d': 1_440 };
const mostSteps = 32;

/** The finest step that is coarse enough for a line of the table. */
export function stepFor(since: string, until: string | undefined, nowMs: number) {
  const fromMs = momentMs(since, nowMs);
  const toMs = until === undefined ? nowMs : momentMs(until, nowMs);
  const fitting = Object.entries(steps).find(
    ([, minutes]) => (toMs - fromMs) / (minutes * 60_000) <= mostSteps,
  );
  return fitting?.[0] ?? (Number.isNaN(toMs - fromMs) ? undefined : '1w');
}

const unitMs: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };

function momentMs(text: string, nowMs: number): number {
  const [, count, unit = ''] = /^now-(\d+)([smhdw])$/.exec(text) ?? [];
  return count === undefined ? Date.parse(text) : nowMs - Number(count) * (unitMs[unit] ?? 0);
}

const ofOne = ['active', 'max', 'started', 'ended'];
const ofComparison = ['ledger', 'monasca', 'difference'];

function viewOf(
  texts: readonly string[],
  numbers: readonly string[],
  trends: Trends | undefined,
  { isUnicode }: Screen,
): View<Row> {
  const ofText = (key: string) => (row: Row) => String(row[key] ?? '');
  const columns: Column<Row>[] = [
    ...texts.map((key) => ({
      title: key,
      ...(key === 'time' ? { isWhole: true as const } : {}),
      text: key === 'time' ? ({ time }: Row) => timeText(time) : ofText(key),
    })),
    ...numbers.map((key) => ({ title: key, align: 'right' as const, text: ofText(key) })),
  ];
  const { highest = 0, byGroup } = trends ?? {};
  const line = (row: Row) => sparkline(byGroup?.get(groupOf(row)) ?? [], highest, isUnicode);
  return {
    columns: byGroup
      ? [...columns, { title: 'over time', text: line, colour: () => 'cyan' }]
      : columns,
    cells: Object.fromEntries(
      [...texts, ...numbers].map((key) => [key, (row: Row) => cellOf(row[key])]),
    ),
    none: numbers === ofComparison ? 'No difference.' : 'Nobody was active.',
  };
}

const cellOf = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined;
