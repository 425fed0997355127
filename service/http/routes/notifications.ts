import { z } from 'zod';
import { notificationTestSchema } from '../../contract/api/notification.ts';
import { json } from '../../contract/api/operation.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { shown } from '../../ingest/candidate.ts';
import { readJsonObject } from '../json-object.ts';
import { type Route, sendInvalid } from '../route.ts';

/** Sends a test event through a notifier; nothing when there is none of that name. */
export type TestNotifier = (
  notifier: string,
) => Promise<
  { readonly eventId: string; readonly outcome: Outcome; readonly tookMs: number } | undefined
>;

const requestSchema = z.object({ notifier: z.string().describe('The name of a notifier.') });

/** Trying out whether somebody is really told. */
export function notificationRoutes(names: readonly string[], test: TestNotifier): Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/notifications/test',
      scope: 'admin',
      tag: 'delivery',
      summary: 'Send a test event through one notifier',
      description:
        'One attempt, whatever its rules say. The event is not kept, and not sent again when it fails.',
      body: json('Which notifier.', requestSchema, { notifier: 'on-call' }),
      answers: { 200: json('What became of it, also when it failed.', notificationTestSchema) },
      problems: ['invalid-parameter', 'malformed-body', 'body-too-large', 'unsupported-encoding'],
      async handle(context) {
        const asked = await readJsonObject(context, 'a JSON object with "notifier"');
        if (!asked) return;
        const { notifier } = asked;
        const result = typeof notifier === 'string' ? await test(notifier) : undefined;
        if (result) {
          const { eventId, outcome, tookMs } = result;
          context.body = { notifier, eventId, ...inWords(outcome), tookMs };
          return;
        }
        const known = names.join(', ') || 'there are none';
        const expected = `the name of a notifier that is configured (${known})`;
        sendInvalid(context, [{ path: '$.notifier', expected, got: shown(notifier) }]);
      },
    },
  ];
}

function inWords(outcome: Outcome) {
  switch (outcome.kind) {
    case 'delivered':
      return {
        outcome: outcome.kind,
        detail:
          outcome.records === 0
            ? 'Nothing was sent: the notifier has no message for a test.'
            : 'The notifier took it.',
      };
    case 'retry': {
      const { kind, reason, detail } = outcome;
      return { outcome: kind, reason, detail: `Not taken now: ${detail}.` };
    }
    case 'rejected':
      return { outcome: outcome.kind, detail: `Refused for good: ${outcome.detail}.` };
  }
}
