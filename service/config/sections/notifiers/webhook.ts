import { z } from 'zod';
import { integer } from '../kinds.ts';
import { givenSecret, notifierFields, reject, rejectPrivate, targetFields } from './shared.ts';

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has them. */
const signingKey = () =>
  givenSecret(isSigningKey, 'whsec_ and 24 to 64 bytes in base64; or {file: …} with that');

function isSigningKey(text: string): boolean {
  const [, key = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(key, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === key;
}

/** Headers of the connection and of the message itself. */
const ownHeaders =
  /^(content-(type|length|encoding)|transfer-encoding|connection|host|expect|te|trailer|upgrade|webhook-.*)$/i;

const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name) && !ownHeaders.test(name);

function rejectHeaderNames(headers: Readonly<Record<string, unknown>>, context: z.RefinementCtx) {
  for (const name of Object.keys(headers).filter((one) => !isHeaderName(one))) {
    reject(context, name, 'the name of a header that does not describe the body or the connection');
  }
}

const headerValue = () =>
  givenSecret(
    (text) => /^[\t\x20-\x7e]*$/.test(text) && text.trim() === text,
    'one line of ASCII; or {file: …} with that',
  );

export const webhookNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('webhook'),
    ...targetFields(),
    secrets: z
      .array(signingKey())
      .max(4)
      .default([])
      .describe(
        'Keys that sign messages, each a secret or {file: …}; several while one replaces another.',
      ),
    headers: z
      .record(z.string(), headerValue())
      .superRefine(rejectHeaderNames)
      .default({})
      .describe('Additional headers; each value is a secret or {file: …}.'),
    batch: z
      .boolean()
      .default(false)
      .describe('Send the events of one second as one message, up to 100 events.'),
    format: z
      .enum(['cloudevents', 'hbtd'])
      .default('cloudevents')
      .describe(
        "CloudEvents, or the heartbeat change notifications of Cray's hbtd, which have no form for other events.",
      ),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one attempt.'),
  })
  .superRefine(rejectPrivate)
  .refine((webhook) => webhook.format === 'cloudevents' || !webhook.batch, {
    path: ['batch'],
    error: 'false: the messages of hbtd come one by one',
  })
  .describe('Posts events as CloudEvents.');

export type WebhookConfig = z.output<typeof webhookNotifier>;
