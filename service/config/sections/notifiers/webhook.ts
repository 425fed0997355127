import { z } from 'zod';
import { whole } from '../kinds.ts';
import { givenSecret, notifierFields, refusePrivate, targetFields } from './shared.ts';

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has them. */
const signingKey = () =>
  givenSecret(isSigningKey, 'whsec_ and 24 to 64 bytes in base64; or {file: …} with that');

function isSigningKey(text: string): boolean {
  const [, key = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(key, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === key;
}

/** What the connection or the message says itself. */
const ownHeaders =
  /^(content-(type|length|encoding)|transfer-encoding|connection|host|expect|te|trailer|upgrade|webhook-.*)$/i;

const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name) && !ownHeaders.test(name);

function refuseHeaderNames(headers: Readonly<Record<string, unknown>>, context: z.RefinementCtx) {
  for (const name of Object.keys(headers).filter((one) => !isHeaderName(one))) {
    const message = 'the name of a header that says nothing of the body or the connection';
    context.addIssue({ code: 'custom', path: [name], message });
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
        'Keys that messages are signed with, each a secret or {file: …}; several while one replaces another.',
      ),
    headers: z
      .record(z.string(), headerValue())
      .superRefine(refuseHeaderNames)
      .default({})
      .describe('Headers to send along; each value is a secret, or {file: …}.'),
    batch: z
      .boolean()
      .default(false)
      .describe('Send what happens within a second as one message, up to 100 events.'),
    format: z
      .enum(['cloudevents', 'hbtd'])
      .default('cloudevents')
      .describe(
        "What is posted: CloudEvents; or the heartbeat change notifications of Cray's hbtd, which has none for other events.",
      ),
    timeoutSeconds: whole(1, 600).default(10).describe('Time for one attempt.'),
  })
  .superRefine(refusePrivate)
  .refine((webhook) => webhook.format === 'cloudevents' || !webhook.batch, {
    path: ['batch'],
    error: 'false: the messages of hbtd come one by one',
  })
  .describe('Posts events as CloudEvents.');

export type WebhookConfig = z.output<typeof webhookNotifier>;
