import { hostname } from 'node:os';
import { z } from 'zod';
import { type RecordResponse, recordSchema } from '../../contract/api/record.ts';
import { recordLevelNames } from '../../contract/records/log-record.ts';
import type { CliCommand, CommandContext, Listing } from '../command.ts';
import { formatShortTime } from '../output/format.ts';
import { printNewest } from '../output/newest.ts';
import { safeLine } from '../output/safe-text.ts';
import type { Colour, Screen } from '../output/screen.ts';
import { type Followed, printStream } from '../output/stream.ts';

type Options = { follow?: true; until?: string; limit?: number };

const path = '/api/v1/records';

export function addRecordCommands(program: CliCommand): void {
  program
    .command('records')
    .description('search the log records of programs')
    .choice('--level <level>', recordLevelNames, 'minimum level')
    .component()
    .instance()
    .option('--logger <glob>', 'filter by name of the logger')
    .option('--text <words>', 'filter by words; "in quotes" side by side, a star for any ending')
    .period()
    .limit('newest records')
    .option('-f, --follow', 'print new records as they arrive, until Ctrl-C')
    .format()
    .onService((context: CommandContext<Options>) =>
      context.options.follow ? printStream(context, stream) : printNewest(context, listing),
    )
    .examples(
      'ge-heartbeat records --level warning --since 2h',
      "ge-heartbeat records --text 'disk full' --name 'backup*'",
      'ge-heartbeat records --follow --level error',
    );
  program
    .command('log')
    .description('send a log record, for scripts')
    .argument('<text...>', 'text of the record')
    .requiredOption('--name <name>', 'name of the component')
    .option('--version <version>', 'version of the component', 'unknown')
    .option('--instance <instance>', 'instance; default: the name of this machine')
    .choice('--level <level>', recordLevelNames, 'level; default: info')
    .onService(sendRecord)
    .examples("ge-heartbeat log --name backup --level warning 'The disk is nearly full.'");
}

type LogOptions = { name: string; version: string; instance?: string; level?: string };

async function sendRecord(
  { remote, options }: CommandContext<LogOptions>,
  words: readonly string[],
): Promise<void> {
  const { name, version, instance = hostname(), level = 'info' } = options;
  const body = { name, version, instance, level, message: words.join(' ') };
  await remote.request({ method: 'POST', path, body }, z.object({ accepted: z.literal(1) }));
}

const listing: Listing<RecordResponse> = {
  path,
  member: 'records',
  schema: recordSchema.loose(),
  fields: [
    { key: 'time', kind: 'time' },
    { key: 'level' },
    { key: 'name' },
    { key: 'version' },
    { key: 'instance' },
    { key: 'logger' },
    { key: 'message' },
    { key: 'exception' },
    { key: 'createdAt', kind: 'time' },
    { key: 'id', value: ({ id }) => String(id) },
  ],
  inTable: ['time', 'level', 'name', 'instance', 'logger', 'message'],
  empty: 'No records.',
};

const stream: Followed<RecordResponse> = {
  path: `${path}/stream`,
  schema: recordSchema.loose(),
  formatEntry: formatRecord,
};

const colours: Readonly<Record<RecordResponse['level'], Colour>> = {
  debug: 'dim',
  info: 'cyan',
  warning: 'yellow',
  error: 'red',
  critical: 'red',
};

function formatRecord({ time, level, name, instance, message }: RecordResponse, screen: Screen) {
  const parts = [
    screen.paint('dim', formatShortTime(time)),
    screen.paint(colours[level], level.padEnd(8)),
    screen.paint('bold', safeLine(`${name} ${instance}`)),
    safeLine(message),
  ];
  return `${parts.join('  ')}\n`;
}
