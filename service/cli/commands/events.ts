import type { Command } from 'commander';
import { type EventResponse, eventResponseSchema } from '../../contract/api/event.ts';
import { eventKinds } from '../../contract/event.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { type Listing, printRows } from '../output/rows.ts';
import {
  addExamples,
  type CommandContext,
  enumListOption,
  type IdentityOptions,
  openContext,
  parseTime,
  type RemoteOptions,
  rowLimit,
  withFormat,
  withIdentity,
  withLimit,
  withRemote,
} from '../remote/options.ts';
import { followEvents } from './follow.ts';

type Options = RemoteOptions &
  IdentityOptions & {
    kind?: string;
    text?: string;
    since?: string;
    until?: string;
    limit?: number;
    follow?: true;
  };

export function addEventsCommand(program: Command): void {
  const command = program
    .command('events')
    .description('list events')
    .addOption(enumListOption('--kind <kinds>', eventKinds, 'filter by kind'));
  withIdentity(command)
    .option('--text <text>', 'filter by text in the event')
    .option('--since <time>', 'start of the period; default: 24h', parseTime)
    .option('--until <time>', 'end of the period; default: now', parseTime)
    .option('-f, --follow', 'print new events as they occur, until Ctrl-C');
  withRemote(withFormat(withLimit(command, 'newest events'))).action((options: Options) => {
    const context = openContext(options);
    return options.follow ? follow(options, context) : list(options, context);
  });
  addExamples(command, [
    'ge-heartbeat events --kind down,component.down --since 7d',
    'ge-heartbeat events --follow',
    "ge-heartbeat events --follow --format ndjson --name 'Orion*' | jq .data.reason",
  ]);
}

const filterOf = ({ kind, text, name, version, instance }: Options) => ({
  kind,
  text,
  name,
  version,
  instance,
});

function follow(options: Options, context: CommandContext): Promise<never> {
  const { since, until, limit } = options;
  if (until === undefined && limit === undefined) {
    return followEvents(context, { ...filterOf(options), from: since });
  }
  throw new CliFailure(exitCodes.usage, '--follow has no end: leave out --until and --limit.');
}

async function list(options: Options, { remote, screen, format }: CommandContext): Promise<void> {
  const { since = 'now-24h', until } = options;
  const limit = rowLimit(options, format);
  const order = limit === undefined ? 'ascending' : 'descending';
  const rows = remote.list({
    path: '/api/v1/events',
    query: { ...filterOf(options), from: since, to: until, order },
    member: 'events',
    schema: eventResponseSchema,
    limit,
  });
  // The newest events are printed with the oldest of them first.
  const sorted = limit === undefined ? rows : (await Array.fromAsync(rows)).reverse();
  await printRows(sorted, format, listing, screen);
}

const listing: Listing<EventResponse> = {
  fields: [
    { key: 'time', kind: 'time' },
    { key: 'kind', kind: 'state', value: ({ data }) => data.kind },
    { key: 'name', value: ({ data }) => data.name },
    { key: 'version', value: ({ data }) => data.version },
    { key: 'instance', value: ({ data }) => data.instance },
    { key: 'state', value: ({ data }) => data.state },
    { key: 'previous', value: ({ data }) => data.previous },
    { key: 'ageSeconds', title: 'age', kind: 'seconds', value: ({ data }) => data.ageSeconds },
    { key: 'silencedBy', value: ({ data }) => data.silencedBy },
    { key: 'reason', value: ({ data }) => data.reason },
    { key: 'id' },
  ],
  inTable: ['time', 'kind', 'name', 'version', 'instance', 'ageSeconds', 'reason'],
  empty: 'No events.',
};
