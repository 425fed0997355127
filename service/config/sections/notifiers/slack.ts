import { z } from 'zod';
import { httpAddress, integer } from '../kinds.ts';
import { givenSecret, notifierFields } from './shared.ts';

export const slackNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('slack'),
    url: givenSecret(
      (text) => httpAddress().safeParse(text).success,
      'the http:// or https:// address of an incoming webhook; or {file: …} with that',
    ).describe(
      'Address of the incoming webhook, a secret or {file: …}: it is all that a sender needs.',
    ),
    groupSeconds: integer(0, 3_600)
      .default(5)
      .describe('Events within this time are sent as one message.'),
    maxEvents: integer(1, 100).default(20).describe('Maximum number of events in a message.'),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one attempt.'),
  })
  .describe("Posts to Slack's incoming webhooks.");

export type SlackConfig = z.output<typeof slackNotifier>;
