import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import { createKeystone } from '../../../service/monasca/keystone/token.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient, type HttpClient } from '../../../service/runtime/http/http-client.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { noAbort } from '../../support/keystone-fixture.ts';
import { startTestServer, type TestServer, unfinished } from '../../support/test-server.ts';

describe('createKeystone, with a response whose body does not end', () => {
  let server: TestServer;
  let http: HttpClient;
  beforeEach(async () => {
    server = await startTestServer();
    http = createHttpClient({ timeoutMs: 1_500 });
  });
  afterEach(async () => {
    http.close();
    await server.stop();
  });

  const create = () =>
    createKeystone(
      {
        authUrl: server.url,
        login: { kind: 'password', userName: 'ge', password: new Secret('x'), projectName: 'ge' },
        interface: 'public',
      },
      { http, clock: systemClock, log: createLog('silent'), metrics: createMetrics() },
    );

  it.each(unfinished)('takes a 401 for a refusal where its body is %s', async (how) => {
    server.react({ status: 401, unfinished: how });
    const keystone = create();
    for (let n = 0; n < 3; n++) {
      expect(await keystone.session(noAbort)).toMatchObject({ reason: 'unauthenticated' });
    }
    expect(server.received).toHaveLength(1);
  });
});
