import type { Command } from 'commander';
import { z } from 'zod';
import { keptHeartbeatSchema } from '../../contract/api/heartbeat.ts';
import type { Identity } from '../../contract/instance.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { show, type View } from '../output/show.ts';
import { timeText } from '../output/words.ts';
import {
  examples,
  openSession,
  type RemoteOptions,
  whole,
  withFormat,
  withRemote,
} from '../remote/options.ts';
import { pages } from '../remote/pages.ts';

const path = '/api/v1/dead-letters';

type Options = RemoteOptions & { destination?: string; limit?: number };

export function addDeadLettersCommand(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('what a destination refused for good, and was kept');

  const list = letters.command('list').description('what was refused, and why');
  withDestination(list).option(
    '--limit <n>',
    'most rows; default: 100 in a table, else all',
    whole,
  );
  withRemote(withFormat(list)).action(async (options: Options) => {
    const { remote, screen, format } = openSession(options);
    const limit = options.limit ?? (format === 'table' ? 100 : Number.POSITIVE_INFINITY);
    const request = { path, query: { destination: options.destination } };
    const rows = pages(remote, request, 'deadLetters', letterSchema, { limit, cursor: 'after' });
    await show(rows, format, view, screen);
  });
  examples(list, [
    'ge-heartbeat dead-letters list',
    'ge-heartbeat dead-letters list --destination notifier.on-call',
  ]);

  const retry = letters.command('retry').description('send all of them once more');
  withRemote(withDestination(retry)).action(retryAll);
  examples(retry, ['ge-heartbeat dead-letters retry']);
}

const withDestination = (command: Command): Command =>
  command.option('--destination <name>', 'monasca, which it is when left out, or notifier.<name>');

/** The service takes so long for a portion that a connection would not wait for more. */
const patience = 60;

async function retryAll(options: Options): Promise<void> {
  const { remote, screen } = openSession(options);
  const { destination } = options;
  let after: number | undefined = 0;
  let delivered = 0;
  let rejected = 0;
  let left = 0;
  while (after !== undefined) {
    const query: Record<string, string | number | undefined> = { destination, after, limit: 100 };
    const request = { method: 'POST', path: `${path}/retry`, query, patience } as const;
    const answer: z.infer<typeof retrySchema> = await remote.ask(request, retrySchema);
    delivered += answer.delivered;
    rejected += answer.rejected;
    left = answer.left;
    after = answer.next;
    if (answer.stopped) {
      const told = `${delivered} delivered, ${left} left: ${answer.stopped.detail}.`;
      throw new CliFailure(exitCodes.unavailable, told, 'Try again when the destination is well.');
    }
  }
  await screen.write(`${delivered} delivered, ${rejected} refused again, ${left} left.\n`);
  if (rejected > 0) process.exitCode = exitCodes.failure;
}

const eventSchema = z.looseObject({
  time: z.string(),
  data: z.looseObject({
    kind: z.string(),
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
  }),
});

/** A heartbeat that Monasca refused, or an event that a notifier did. */
const letterSchema = z.looseObject({
  id: z.number(),
  at: z.string(),
  reason: z.string(),
  heartbeat: keptHeartbeatSchema.loose().optional(),
  event: eventSchema.optional(),
});
type Letter = z.infer<typeof letterSchema>;

const whatOf = ({ event }: Letter): string => event?.data.kind ?? 'heartbeat';
const timeOf = ({ heartbeat, event }: Letter) => heartbeat?.timestamp ?? event?.time;
type Who = { readonly [Key in keyof Identity]?: string | undefined };
const whoOf = ({ heartbeat, event }: Letter): Who => heartbeat ?? event?.data ?? {};

const retrySchema = z.looseObject({
  delivered: z.number(),
  rejected: z.number(),
  left: z.number(),
  stopped: z.looseObject({ detail: z.string() }).optional(),
  next: z.number().optional(),
});

const view: View<Letter> = {
  columns: [
    { title: 'id', align: 'right', text: ({ id }) => String(id) },
    { title: 'refused', isWhole: true, text: ({ at }) => timeText(at) },
    { title: 'what', isWhole: true, text: whatOf },
    { title: 'name', text: (letter) => whoOf(letter).name ?? '' },
    { title: 'version', text: (letter) => whoOf(letter).version ?? '' },
    { title: 'instance', text: (letter) => whoOf(letter).instance ?? '' },
    { title: 'time', isWhole: true, text: (letter) => timeText(timeOf(letter)) },
    { title: 'reason', text: ({ reason }) => reason },
  ],
  cells: {
    id: ({ id }) => id,
    at: ({ at }) => at,
    what: whatOf,
    name: (letter) => whoOf(letter).name,
    version: (letter) => whoOf(letter).version,
    instance: (letter) => whoOf(letter).instance,
    time: timeOf,
    reason: ({ reason }) => reason,
  },
  none: 'No dead letters.',
};
