import type { z } from 'zod';
import { deadLetterSchema, redeliverySchema } from '../../contract/api/delivery/dead-letter.ts';
import { eventResponseSchema } from '../../contract/api/event.ts';
import { keptHeartbeatSchema } from '../../contract/api/heartbeat.ts';
import type { CliCommand, CommandContext, Listing } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import type { RequestQuery } from '../remote/request.ts';

export function addDeadLettersCommand(program: CliCommand): void {
  const letters = program
    .command('dead-letters')
    .description('heartbeats and events that their destination rejected');
  letters
    .command('list')
    .description('list dead letters and why they were rejected')
    .option(...destination)
    .limit()
    .lists(listing)
    .examples(
      'ge-heartbeat dead-letters list',
      'ge-heartbeat dead-letters list --destination notifier.on-call',
    );
  letters
    .command('retry')
    .description('send all dead letters again')
    .option(...destination)
    .onService(retryAll)
    .examples('ge-heartbeat dead-letters retry');
}

const destination = [
  '--destination <name>',
  'notifier.<name>, redis, redis.changes or monasca; default: monasca',
] as const;

/** The service needs longer than usual to send a page of dead letters. */
const timeoutSeconds = 60;

async function retryAll(context: CommandContext): Promise<void> {
  const { remote, screen } = context;
  let delivered = 0;
  let rejected = 0;
  let left = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const query: RequestQuery = { ...context.query, after, limit: 100 };
    const page: z.infer<typeof redeliverySchema> = await remote.request(
      { method: 'POST', path: '/api/v1/dead-letters/retry', query, timeoutSeconds },
      redeliverySchema,
    );
    delivered += page.delivered;
    rejected += page.rejected;
    ({ left, next: after } = page);
    if (page.stopped) {
      const message = `${delivered} delivered, ${left} left: ${page.stopped.detail}.`;
      throw new CliFailure(
        exitCodes.unavailable,
        message,
        'Try again when the destination is available.',
      );
    }
  }
  await screen.write(`${delivered} delivered, ${rejected} refused again, ${left} left.\n`);
  if (rejected > 0) process.exitCode = exitCodes.failure;
}

const looseDeadLetterSchema = deadLetterSchema
  .extend({
    heartbeat: keptHeartbeatSchema.loose().optional(),
    event: eventResponseSchema.optional(),
  })
  .loose();
type DeadLetterRow = z.infer<typeof looseDeadLetterSchema>;

const identityOf = ({ heartbeat, event }: DeadLetterRow) => heartbeat ?? event?.data;

const listing: Listing<DeadLetterRow> = {
  path: '/api/v1/dead-letters',
  member: 'deadLetters',
  schema: looseDeadLetterSchema,
  cursor: 'after',
  fields: [
    { key: 'id', kind: 'number' },
    { key: 'at', title: 'refused', kind: 'time' },
    { key: 'what', kind: 'id', value: ({ event }) => event?.data.kind ?? 'heartbeat' },
    { key: 'name', value: (letter) => identityOf(letter)?.name },
    { key: 'version', value: (letter) => identityOf(letter)?.version },
    { key: 'instance', value: (letter) => identityOf(letter)?.instance },
    {
      key: 'time',
      kind: 'time',
      value: ({ heartbeat, event }) => heartbeat?.timestamp ?? event?.time,
    },
    { key: 'reason' },
  ],
  empty: 'No dead letters.',
};
