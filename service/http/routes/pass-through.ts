import { z } from 'zod';
import { json } from '../../contract/api/operation.ts';
import type { Problem } from '../../contract/problem.ts';
import type { PassThrough } from '../../monasca/reading/pass-through.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';
import { whileConnected } from '../rows/send.ts';

const prefix = '/v2.0';

/** Monasca's own read API, for tools that know nothing else and have no credentials. */
export function passThroughRoutes(pass: PassThrough): Route[] {
  return [
    {
      method: 'get',
      path: `${prefix}/{*rest}`,
      scope: 'read',
      tag: 'periods',
      summary: "Monasca's own answer, asked for with the service's token",
      description:
        'Reading only, and only of the project that heartbeats are delivered to. Off unless ' +
        '`monasca.passThrough` is set.',
      pathParameters: { rest: 'What follows it, as Monasca has it; the query too.' },
      answers: {},
      handedOn: json('As Monasca answers.', z.unknown()),
      problems: ['invalid-parameter', 'not-found', 'monasca-unavailable'],
      async handle(context) {
        if (new URLSearchParams(context.querystring).has('tenant_id')) {
          const expected = 'no other project than that of the service';
          sendInvalid(context, [{ path: 'tenant_id', expected, got: 'one' }]);
          return;
        }
        const rest = context.url.slice(context.url.indexOf(prefix) + prefix.length);
        const ownBase = `${context.protocol}://${context.host}${prefix}`;
        const passed = await whileConnected(context, (signal) => pass(rest, ownBase, signal));
        if (!passed) return;
        switch (passed.kind) {
          case 'answer':
            context.status = passed.status;
            context.body = passed.body;
            context.type = passed.contentType ?? 'application/json';
            return;
          case 'unavailable':
            return sendProblem(context, unavailable(passed.detail));
          case 'outside':
            return sendProblem(context, { code: 'not-found', detail: 'Nothing lies there.' });
        }
      },
    },
  ];
}

const unavailable = (detail: string): Problem => ({
  code: 'monasca-unavailable',
  detail: `Monasca cannot be asked now: ${detail}.`,
  retryAfterSeconds: 10,
});
