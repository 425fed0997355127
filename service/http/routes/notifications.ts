import { z } from 'zod';
import { notificationTestSchema } from '../../contract/api/delivery/notification.ts';
import { json } from '../../contract/api/operation.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { describeValue } from '../../contract/values/describe-value.ts';
import type { NotifierTest } from '../../notify/test-event.ts';
import { readJsonObject } from '../json-object.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';

const requestSchema = z.object({ notifier: z.string().describe('Name of a notifier.') });

/** Tests whether a notifier reaches its recipient. */
export function notificationRoutes(names: readonly string[], test: NotifierTest): Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/notifications/test',
      scope: 'admin',
      tag: 'delivery',
      summary: 'Send a test event through one notifier',
      description:
        'One attempt, whatever its rules. The event is not stored, and not sent again if it fails.',
      body: json('The notifier.', requestSchema, { notifier: 'on-call' }),
      responses: {
        200: json('Result of the attempt, also of a failed one.', notificationTestSchema),
      },
      problems: ['invalid-parameter', 'malformed-body', 'body-too-large', 'unsupported-encoding'],
      async handle(context) {
        const { notifier } = await readJsonObject(context, 'a JSON object with "notifier"');
        const result = typeof notifier === 'string' ? await test(notifier) : undefined;
        if (!result) {
          const known = names.join(', ') || 'there are none';
          const expected = `the name of a configured notifier (${known})`;
          const got = describeValue(notifier);
          throw new ProblemError(invalidParameters([{ path: '$.notifier', expected, got }]));
        }
        const { eventId, outcome, tookMs } = result;
        context.body = { notifier, eventId, ...toResponse(outcome), tookMs };
      },
    },
  ];
}

function toResponse(outcome: Outcome) {
  switch (outcome.kind) {
    case 'delivered':
      return {
        outcome: outcome.kind,
        detail:
          outcome.records === 0
            ? 'Nothing was sent: the notifier has no message for a test.'
            : 'The destination accepted it.',
      };
    case 'retry': {
      const { kind, reason, detail } = outcome;
      return { outcome: kind, reason, detail: `Not accepted now: ${detail}.` };
    }
    case 'rejected':
      return { outcome: outcome.kind, detail: `Rejected permanently: ${outcome.detail}.` };
  }
}
