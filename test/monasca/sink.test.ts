import { beforeEach, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import type { Destination } from '../../service/contract/outcome.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { createKeystone } from '../../service/monasca/keystone/token.ts';
import { createMonascaSink } from '../../service/monasca/sink.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createHttpClient } from '../../service/runtime/http/http-client.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../support/destination-contract.ts';
import { tokenBody, unauthorized } from '../support/keystone-answer.ts';
import { noAbort, useKeystoneFixture } from '../support/keystone-fixture.ts';
import { startTestServer } from '../support/test-server.ts';

const names = {
  metricName: 'GE_Heartbeat',
  dimensionNames: { name: 'name', version: 'version', instance: 'instance' },
};
const beat: Heartbeat = {
  name: 'Orion',
  version: '1.0',
  instance: 'c1',
  timestampMs: 1_795_150_000_000,
  receivedAtMs: 1_795_150_000_500,
};
const policyRefusal = {
  title: 'Forbidden',
  description: 'The request does not have access to this service',
};

describe('createMonascaSink', () => {
  const fixture = useKeystoneFixture();
  let deliver: Destination<Heartbeat>;

  beforeEach(() => {
    const { http, clock, create } = fixture();
    deliver = createMonascaSink({ ...names, keystone: create(), http, clock });
  });

  const metrics = (token: string) =>
    nock('http://monasca.test:8070', { reqheaders: { 'x-auth-token': token } }).post(
      '/v2.0/metrics',
    );

  it('posts the whole batch, with the token and exactly the content type Monasca takes', async () => {
    fixture().grant(3_600);
    nock('http://monasca.test:8070', {
      reqheaders: {
        'x-auth-token': 'token-1',
        'content-type': (value) => value === 'application/json',
      },
      badheaders: ['content-encoding', 'transfer-encoding'],
    })
      .post('/v2.0/metrics', [
        {
          name: 'GE_Heartbeat',
          dimensions: { name: 'Orion', version: '1.0', instance: 'c1' },
          timestamp: 1_795_150_000_000,
          value: 1,
        },
        {
          name: 'GE_Heartbeat',
          dimensions: { name: 'Orion', version: '1.0', instance: 'c2' },
          timestamp: 1_795_150_000_000,
          value: 1,
          value_meta: { zone: 'a' },
        },
      ])
      .reply(204);
    const batch = [beat, { ...beat, instance: 'c2', meta: { zone: 'a' } }];
    expect(await deliver(batch, noAbort)).toEqual({ kind: 'delivered' });
  });

  it('sends no request for an empty batch', async () => {
    expect(await deliver([], noAbort)).toEqual({ kind: 'delivered' });
  });

  it('uses one token for many batches', async () => {
    fixture().grant(3_600);
    metrics('token-1').times(5).reply(204);
    for (let n = 0; n < 5; n++) {
      expect(await deliver([beat], noAbort)).toEqual({ kind: 'delivered' });
    }
  });

  it('passes on what Keystone says when there is no token', async () => {
    fixture().refuse();
    expect(await deliver([beat], noAbort)).toMatchObject({
      kind: 'retry',
      reason: 'unauthenticated',
      afterMs: 60_000,
    });
  });

  it('gets a new token at once when its own is refused, and delivers with that', async () => {
    fixture().grant(3_600, 2);
    metrics('token-1').reply(401, unauthorized);
    metrics('token-2').times(2).reply(204);
    expect(await deliver([beat], noAbort)).toEqual({ kind: 'delivered' });
    expect(await deliver([beat], noAbort)).toEqual({ kind: 'delivered' });
    expect(fixture().logins()).toBe(2);
  });

  it('logs in once when many batches find the token refused at the same time', async () => {
    fixture().grant(3_600, 2);
    metrics('token-1').times(10).reply(401, unauthorized);
    metrics('token-2').times(10).reply(204);
    await Promise.all(Array.from({ length: 10 }, () => deliver([beat], noAbort)));
    expect(fixture().logins()).toBe(2);
  });

  it('gives up for now when the new token is refused too, and costs one login each time', async () => {
    fixture().grant(3_600, 3);
    metrics('token-1').reply(401, unauthorized);
    metrics('token-2').times(2).reply(401, unauthorized);
    metrics('token-3').reply(401, unauthorized);
    expect(await deliver([beat], noAbort)).toEqual({
      kind: 'retry',
      reason: 'unauthenticated',
      detail:
        'a new token is refused as well: Monasca answered 401: The request you have made requires authentication.',
    });
    expect(await deliver([beat], noAbort)).toMatchObject({ reason: 'unauthenticated' });
  });

  it('waits where the new token cannot be had', async () => {
    fixture().grant(3_600);
    metrics('token-1').reply(401, unauthorized);
    fixture().refuse();
    expect(await deliver([beat], noAbort)).toMatchObject({
      reason: 'unauthenticated',
      afterMs: 60_000,
    });
  });

  it('does not log in again for the lack of a role, but retries with a new token later', async () => {
    fixture().grant(3_600, 2);
    metrics('token-1').reply(401, policyRefusal);
    expect(await deliver([beat], noAbort)).toMatchObject({ kind: 'retry', reason: 'forbidden' });
    expect(fixture().logins()).toBe(1);
    metrics('token-2').reply(204);
    expect(await deliver([beat], noAbort)).toEqual({ kind: 'delivered' });
  });

  it('says what Monasca finds wrong with the metrics', async () => {
    fixture().grant(3_600);
    metrics('token-1').reply(422, { title: 'Unprocessable Entity', description: 'invalid …' });
    expect(await deliver([beat], noAbort)).toEqual({
      kind: 'rejected',
      detail: 'Monasca answered 422: invalid …',
    });
  });

  it('keeps its token through the outages of Monasca', async () => {
    fixture().grant(3_600);
    metrics('token-1').reply(500);
    metrics('token-1').reply(404, '');
    metrics('token-1').reply(429, '');
    metrics('token-1').reply(204);
    const kinds: string[] = [];
    for (let n = 0; n < 4; n++) {
      const outcome = await deliver([beat], noAbort);
      kinds.push(outcome.kind === 'retry' ? outcome.reason : outcome.kind);
    }
    expect(kinds).toEqual(['server-error', 'unexpected-answer', 'throttled', 'delivered']);
  });
});

describeDestination('createMonascaSink', async (peerUrl) => {
  const keystoneServer = await startTestServer();
  keystoneServer.react(({ path }) => ({
    status: path === '/v3/auth/tokens' ? 201 : 404,
    headers: { 'x-subject-token': 'gAAAA' },
    body: JSON.stringify(tokenBody(3_600)),
  }));
  const http = createHttpClient({ timeoutMs: contractTimeoutMs });
  const clock = systemClock;
  const keystone = createKeystone(
    {
      authUrl: keystoneServer.url,
      login: { kind: 'password', userName: 'ge', password: new Secret('x'), projectName: 'ge' },
      interface: 'public',
      monascaUrl: peerUrl,
    },
    { http, clock, log: createLog('silent'), metrics: createMetrics() },
  );
  // A session is there before the server misbehaves: what is tested is the way to Monasca.
  await keystone.session(noAbort);
  return underTest(createMonascaSink({ ...names, keystone, http, clock }), [beat], async () => {
    http.close();
    await keystoneServer.stop();
  });
});
