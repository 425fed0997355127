import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import { createKeystone } from '../../../service/monasca/keystone/client.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient, type HttpClient } from '../../../service/runtime/http/http-client.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { noAbort } from '../../support/keystone-rig.ts';
import { type Peer, startPeer, unfinished } from '../../support/peer.ts';

describe('createKeystone, with a response whose body does not end', () => {
  let peer: Peer;
  let http: HttpClient;
  beforeEach(async () => {
    peer = await startPeer();
    http = createHttpClient({ timeoutMs: 1_500 });
  });
  afterEach(async () => {
    http.close();
    await peer.stop();
  });

  const create = () =>
    createKeystone(
      {
        authUrl: peer.url,
        login: { kind: 'password', userName: 'ge', password: new Secret('x'), projectName: 'ge' },
        interface: 'public',
      },
      { http, clock: systemClock, log: createLog('silent'), metrics: createMetrics() },
    );

  it.each(unfinished)('takes a 401 for a refusal where its body is %s', async (how) => {
    peer.react({ status: 401, unfinished: how });
    const keystone = create();
    for (let n = 0; n < 3; n++) {
      expect(await keystone.session(noAbort)).toMatchObject({ reason: 'unauthenticated' });
    }
    expect(peer.received).toHaveLength(1);
  });
});
