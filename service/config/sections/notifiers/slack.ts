import { z } from 'zod';
import { httpAddress, whole } from '../kinds.ts';
import { givenSecret, notifierFields } from './shared.ts';

export const slackNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('slack'),
    url: givenSecret(
      (text) => httpAddress().safeParse(text).success,
      'the http:// or https:// address of an incoming webhook; or {file: …} with that',
    ).describe('The incoming webhook, a secret or {file: …}: whoever knows it may post.'),
    groupSeconds: whole(0, 3_600)
      .default(5)
      .describe('What happens within so many seconds comes as one message.'),
    maxEvents: whole(1, 100).default(20).describe('Most events in a message.'),
    timeoutSeconds: whole(1, 600).default(10).describe('Time for one attempt.'),
  })
  .describe("Posts to Slack's incoming webhooks.");

export type SlackConfig = z.output<typeof slackNotifier>;
