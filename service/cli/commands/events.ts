import { type EventResponse, eventResponseSchema } from '../../contract/api/event.ts';
import { eventKinds } from '../../contract/event.ts';
import type { CliCommand, CommandContext, Listing } from '../command.ts';
import { formatShortTime, stateColour } from '../output/format.ts';
import { printNewest } from '../output/newest.ts';
import { safeLine } from '../output/safe-text.ts';
import type { Screen } from '../output/screen.ts';
import { type Followed, printStream } from '../output/stream.ts';

type Options = { follow?: true; until?: string; limit?: number };

export function addEventsCommand(program: CliCommand): void {
  program
    .command('events')
    .description('list events')
    .enumList('--kind <kinds>', eventKinds, 'filter by kind')
    .component()
    .instance()
    .option('--text <text>', 'filter by text in the event')
    .period()
    .limit('newest events')
    .option('-f, --follow', 'print new events as they occur, until Ctrl-C')
    .format()
    .onService((context: CommandContext<Options>) =>
      context.options.follow ? printStream(context, stream) : printNewest(context, listing),
    )
    .examples(
      'ge-heartbeat events --kind down,component.down --since 7d',
      'ge-heartbeat events --follow',
      "ge-heartbeat events --follow --format ndjson --name 'Orion*' | jq .data.reason",
    );
}

const listing: Listing<EventResponse> = {
  path: '/api/v1/events',
  member: 'events',
  schema: eventResponseSchema,
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

const stream: Followed<EventResponse> = {
  path: '/api/v1/events/stream',
  schema: eventResponseSchema,
  formatEntry: formatEvent,
};

function formatEvent(event: EventResponse, screen: Screen): string {
  const { kind, name, version, instance, reason } = event.data;
  const subject = [name, version, instance].filter((part) => part !== undefined).join(' ');
  const colour = stateColour(kind);
  const parts = [
    screen.paint('dim', formatShortTime(event.time)),
    colour === undefined ? safeLine(kind) : screen.paint(colour, safeLine(kind)),
    ...(subject === '' ? [] : [screen.paint('bold', safeLine(subject))]),
    safeLine(reason),
  ];
  return `${parts.join('  ')}\n`;
}
