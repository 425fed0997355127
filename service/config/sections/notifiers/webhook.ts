import { z } from 'zod';
import { httpAddress, whole } from '../kinds.ts';
import { notifierFields } from './shared.ts';

export const webhookNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('webhook'),
    url: httpAddress().describe('Where events are posted.'),
    timeoutSeconds: whole(1, 600).default(10).describe('Time for one attempt.'),
  })
  .describe('Posts each event as a CloudEvent.');

export type WebhookConfig = z.output<typeof webhookNotifier>;
