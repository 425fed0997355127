import { z } from 'zod';
import { json } from '../../contract/api/operation.ts';
import type { Problem } from '../../contract/problem.ts';
import { toSentence } from '../../contract/values/sentence.ts';
import type { PassThrough } from '../../monasca/reading/pass-through.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';
import { whileConnected } from '../rows/response.ts';

const prefix = '/v2.0';

/** Monasca's own read API, for tools without credentials for Monasca. */
export function passThroughRoutes(pass: PassThrough): Route[] {
  return [
    {
      method: 'get',
      path: `${prefix}/{*rest}`,
      scope: 'read',
      tag: 'periods',
      summary: "Query Monasca's own API with the service's token",
      description:
        'Reads only, and only from the project of the service. Disabled unless ' +
        '`monasca.passThrough` is set.',
      pathParameters: { rest: 'Path in Monasca, with its query.' },
      responses: {},
      passedOn: json('Response of Monasca.', z.unknown()),
      problems: ['malformed-request', 'invalid-parameter', 'not-found', 'monasca-unavailable'],
      async handle(context) {
        if (new URLSearchParams(context.querystring).has('tenant_id')) {
          const expected = 'no other project than that of the service';
          throw new ProblemError(invalidParameters([{ path: 'tenant_id', expected, got: 'one' }]));
        }
        if (!isHost.test(context.host)) throw new ProblemError(invalidHost);
        const rest = context.url.slice(context.url.indexOf(prefix) + prefix.length);
        const ownBase = `${context.protocol}://${context.host}${prefix}`;
        const passed = await whileConnected(context, (signal) => pass(rest, ownBase, signal));
        if (!passed) return;
        switch (passed.kind) {
          case 'response':
            context.status = passed.status;
            context.body = passed.body;
            context.type = passed.contentType ?? 'application/json';
            return;
          case 'unavailable':
            throw new ProblemError(unavailable(passed.detail));
          case 'outside':
            throw new ProblemError({ code: 'not-found', detail: 'Monasca has no such path.' });
        }
      },
    },
  ];
}

/** Host and port (RFC 9112, 3.2), which become part of the links in the response. */
const isHost = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

const invalidHost: Problem = {
  code: 'malformed-request',
  detail: 'Host: expected a host name or an address, with or without a port.',
};

const unavailable = (detail: string): Problem => ({
  code: 'monasca-unavailable',
  detail: toSentence(`Monasca is unavailable: ${detail}`),
  retryAfterSeconds: 10,
});
