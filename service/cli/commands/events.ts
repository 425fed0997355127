import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { eventKinds } from '../../contract/event.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { safeJson, safeLine } from '../output/safe-text.ts';
import type { Screen } from '../output/screen.ts';
import { type Format, show, type View } from '../output/show.ts';
import { durationText, stateColour, timeText } from '../output/words.ts';
import {
  examples,
  type IdentityFilter,
  moment,
  openSession,
  type RemoteOptions,
  severalOf,
  whole,
  withFormat,
  withIdentityFilter,
  withRemote,
} from '../remote/options.ts';
import { listOf } from '../remote/pages.ts';
import { readFrames } from '../remote/server-sent-events.ts';

type Options = RemoteOptions &
  IdentityFilter & {
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
    .description('what happened')
    .addOption(severalOf('--kind <kinds>', eventKinds, 'only events of these kinds'));
  withIdentityFilter(command)
    .option('--text <text>', 'only events in which this stands')
    .option('--since <time>', 'from then on; default: 24h', moment)
    .option('--until <time>', 'before then', moment)
    .option('--limit <n>', 'the newest ones; default: 100 in a table, else all', whole)
    .option('-f, --follow', 'go on with each event as it happens, until Ctrl-C');
  withRemote(withFormat(command)).action((options: Options) =>
    options.follow ? follow(options) : list(options),
  );
  examples(command, [
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

/** As they are shown: what an event may have beside that is left to JSON. */
const eventSchema = z.looseObject({
  id: z.string(),
  time: z.string(),
  data: z.looseObject({
    kind: z.string(),
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
    state: z.string().optional(),
    previous: z.string().optional(),
    ageSeconds: z.number().optional(),
    silencedBy: z.string().optional(),
    reason: z.string(),
  }),
});
type ShownEvent = z.infer<typeof eventSchema>;

async function list(options: Options): Promise<void> {
  const { remote, screen, format } = openSession(options);
  const { since = 'now-24h', until } = options;
  const limit = options.limit ?? (format === 'table' ? 100 : undefined);
  const order = limit === undefined ? 'ascending' : 'descending';
  const query = { ...filterOf(options), from: since, to: until, order };
  const request = { path: '/api/v1/events', query };
  const found = listOf(remote, request, 'events', eventSchema, limit);
  await show(limit === undefined ? found : reversed(found), format, view, screen);
}

/** The newest ones are asked for, and the oldest of them is shown first. */
async function* reversed<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
  yield* (await Array.fromAsync(rows)).reverse();
}

const longestPauseMs = 15_000;
/** The service gives a sign of life every 15 s. */
const patience = 45;

/**
 * Events as they happen. Whoever is cut off comes back to where it was: nothing is lost and nothing
 * is shown twice, also when the service was restarted in between.
 */
async function follow(options: Options): Promise<void> {
  const { remote, screen, format } = openSession(options);
  if (format === 'csv') throw new CliFailure(exitCodes.usage, '--follow does not print CSV.');
  if (options.until !== undefined || options.limit !== undefined) {
    throw new CliFailure(exitCodes.usage, '--follow has no end: leave out --until and --limit.');
  }
  const query = { ...filterOf(options), from: options.since };
  let lastEventId: string | undefined;
  let pauseMs = 0;
  let isAway = false;
  for (;;) {
    const headers: Record<string, string> =
      lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    try {
      const request = { path: '/api/v1/events/stream', query, headers, patience };
      const { body } = await remote.open(request, 'text/event-stream');
      if (isAway) process.stderr.write('Connected again.\n');
      isAway = false;
      pauseMs = 0;
      for await (const { id, data } of readFrames(body)) {
        if (data !== undefined)
          await showEvent(await remote.read(data, eventSchema), format, screen);
        lastEventId = id ?? lastEventId;
      }
    } catch (error) {
      // Who never was connected learns why; later it is the service that is away for a while.
      const isPassing = error instanceof CliFailure && error.exitCode === exitCodes.unavailable;
      if (!isPassing || lastEventId === undefined) throw error;
      if (!isAway) process.stderr.write(`${safeLine(error.message)} Trying again.\n`);
      isAway = true;
    }
    pauseMs = Math.min(longestPauseMs, Math.max(500, pauseMs * 2));
    await delay(pauseMs);
  }
}

/** A line an event. */
function showEvent(event: ShownEvent, format: Format, screen: Screen): Promise<void> {
  if (format !== 'table') return screen.write(`${safeJson(event)}\n`);
  const { kind, name, version, instance, reason } = event.data;
  const who = [name, version, instance].filter((part) => part !== undefined).join(' ');
  const colour = stateColour(kind);
  const parts = [
    screen.paint('dim', timeText(event.time)),
    colour === undefined ? safeLine(kind) : screen.paint(colour, safeLine(kind)),
    ...(who === '' ? [] : [screen.paint('bold', safeLine(who))]),
    safeLine(reason),
  ];
  return screen.write(`${parts.join('  ')}\n`);
}

const view: View<ShownEvent> = {
  columns: [
    { title: 'time', isWhole: true, text: ({ time }) => timeText(time) },
    {
      title: 'kind',
      isWhole: true,
      text: ({ data }) => data.kind,
      colour: ({ data }) => stateColour(data.kind),
    },
    { title: 'name', text: ({ data }) => data.name ?? '' },
    { title: 'version', text: ({ data }) => data.version ?? '' },
    { title: 'instance', text: ({ data }) => data.instance ?? '' },
    {
      title: 'age',
      align: 'right',
      text: ({ data: { ageSeconds } }) =>
        ageSeconds === undefined ? '' : durationText(ageSeconds),
    },
    { title: 'reason', text: ({ data }) => data.reason },
  ],
  cells: {
    time: ({ time }) => time,
    kind: ({ data }) => data.kind,
    name: ({ data }) => data.name,
    version: ({ data }) => data.version,
    instance: ({ data }) => data.instance,
    state: ({ data }) => data.state,
    previous: ({ data }) => data.previous,
    ageSeconds: ({ data }) => data.ageSeconds,
    silencedBy: ({ data }) => data.silencedBy,
    reason: ({ data }) => data.reason,
    id: ({ id }) => id,
  },
  none: 'No events.',
};
