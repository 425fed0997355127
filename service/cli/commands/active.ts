import { z } from 'zod';
import { activeDifferenceSchema, activeRowSchema } from '../../contract/api/active.ts';
import { parseDuration } from '../../contract/values/duration.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import type { RowField } from '../output/field.ts';
import { formatTrend } from '../output/format.ts';
import { printRows } from '../output/rows.ts';
import type { Remote } from '../remote/remote.ts';
import type { RequestQuery } from '../remote/request.ts';

type Options = { since?: string; until?: string; by: string; step?: string; compare?: true };

export function addActiveCommand(program: CliCommand): void {
  program
    .command('active')
    .description('count the instances that were active in a period')
    .period()
    .timeZone()
    .option('--by <keys>', 'group by: name, version, instance', 'name,version')
    .option('--step <step>', 'a row for each minute, hour, day, …: 1m, 1h, 1d, 1mo')
    .component()
    .instance()
    .choice('--source <source>', ['ledger', 'monasca'], 'source of the data')
    .option('--compare', 'query both sources and print the differences')
    .format()
    .onService(printActive)
    .examples(
      'ge-heartbeat active --since 24h --by name,version',
      'ge-heartbeat active --since 30d --step 1d --format csv > active.csv',
      'ge-heartbeat active --since 7d --step 1d --compare',
      "ge-heartbeat active --since 2026-01-01 --until 2026-02-01 --by name --name 'Orion*'",
    );
}

const path = '/api/v1/active';
const rowSchema = z.union([activeRowSchema.loose(), activeDifferenceSchema.loose()]);
type Row = z.infer<typeof rowSchema>;

async function printActive(context: CommandContext<Options>): Promise<void> {
  const { remote, screen, format, options } = context;
  const { since = 'now-24h', until, by, step, compare } = options;
  const query = { ...context.query, from: since, compare: compare && 'true' };
  const groups = by.split(',').filter((key) => key !== '');
  const numbers = compare
    ? ['ledger', 'monasca', 'difference']
    : ['active', 'max', 'started', 'ended'];
  const fields: RowField<Row>[] = [
    ...(step === undefined ? [] : [{ key: 'time', kind: 'time' } as const]),
    ...groups.map((key) => ({ key })),
    ...numbers.map((key) => ({ key, kind: 'number' }) as const),
  ];
  const trendStep = stepFor(since, until, Date.now());
  if (format === 'table' && step === undefined && !compare && trendStep !== undefined) {
    const trends = await loadTrends(remote, { ...query, step: trendStep });
    if (trends) fields.push(trendField(trends, screen.isUnicode));
  }
  const rows = remote.list({ path, query, member: 'active', schema: rowSchema });
  const empty = compare ? 'No difference.' : 'No active instances.';
  await printRows(rows, format, { fields, empty }, screen);
}

/** Numbers of active instances in each step of the period, by group. */
type Trends = ReadonlyMap<string, readonly number[]>;

async function loadTrends(remote: Remote, query: RequestQuery): Promise<Trends | undefined> {
  const trends = new Map<string, number[]>();
  try {
    const schema = activeRowSchema.loose();
    for await (const row of remote.list({ path, query, member: 'active', schema })) {
      const group = groupOf(row);
      trends.set(group, [...(trends.get(group) ?? []), row.active]);
    }
  } catch (error) {
    // Too many groups for lines in a table, or an invalid query, which the next request reports.
    if (error instanceof CliFailure && error.exitCode === exitCodes.usage) return undefined;
    throw error;
  }
  return trends;
}

function trendField(trends: Trends, isUnicode: boolean): RowField<Row> {
  const highest = Math.max(0, ...[...trends.values()].flat());
  return {
    key: 'over time',
    value: (row) => formatTrend(trends.get(groupOf(row)) ?? [], highest, isUnicode),
    colour: () => 'cyan',
  };
}

const groupOf = ({ name, version, instance }: Row): string =>
  JSON.stringify([name, version, instance]);

const steps = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '3h': 180, '6h': 360, '1d': 1_440 };
const maxTrendSteps = 32;

/** The finest step with which the period fits a cell of the table. */
export function stepFor(since: string, until: string | undefined, nowMs: number) {
  const fromMs = timeMs(since, nowMs);
  const toMs = until === undefined ? nowMs : timeMs(until, nowMs);
  const fitting = Object.entries(steps).find(
    ([, minutes]) => (toMs - fromMs) / (minutes * 60_000) <= maxTrendSteps,
  );
  return fitting?.[0] ?? (Number.isNaN(toMs - fromMs) ? undefined : '1w');
}

function timeMs(text: string, nowMs: number): number {
  const ago = text.startsWith('now-') ? parseDuration(text.slice('now-'.length)) : undefined;
  return ago === undefined ? Date.parse(text) : nowMs - ago;
}
