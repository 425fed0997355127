import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { createMonascaQuery, MonascaUnavailable } from '../../../service/monasca/reading/query.ts';
import { createMonascaReadRequest } from '../../../service/monasca/reading/read-request.ts';
import { unauthorized } from '../../support/keystone-answer.ts';
import { noAbort, useKeystoneFixture } from '../../support/keystone-fixture.ts';

describe('createMonascaReadRequest', () => {
  const fixture = useKeystoneFixture();
  const reads = (token: string) =>
    nock('http://monasca.test:8070/v2.0', { reqheaders: { 'x-auth-token': token } })
      .get('/metrics')
      .query(true);

  function setUp() {
    const { http, clock, create } = fixture();
    const keystone = create();
    const query = createMonascaQuery(createMonascaReadRequest({ keystone, http, clock }));
    return { clock, keystone, read: () => query('/metrics', { name: 'GE_Heartbeat' }, noAbort) };
  }

  it('tries one new token in a minute where each is refused for reading', async () => {
    fixture().grant(3_600, 2);
    const { clock, keystone, read } = setUp();
    reads('token-1').reply(401, unauthorized);
    reads('token-2').times(10).reply(401, unauthorized);
    await expect(read()).rejects.toThrow(
      'a new token is refused as well: Monasca answered 401: The request you have made requires ' +
        'authentication; the access rules of the application credential may not cover reading',
    );
    for (let n = 0; n < 9; n++) await expect(read()).rejects.toThrow(MonascaUnavailable);
    expect(fixture().logins()).toBe(2);
    expect(await keystone.session(noAbort)).toMatchObject({ token: 'token-2' });

    await clock.advance(60_000);
    fixture().grant(3_600);
    reads('token-2').reply(401, unauthorized);
    reads('token-3').reply(200, { elements: [] });
    expect(await read()).toEqual({ elements: [] });
  });

  it('gets a new token at once when its own is refused', async () => {
    fixture().grant(3_600, 2);
    const { read } = setUp();
    reads('token-1').reply(401, unauthorized);
    reads('token-2').reply(200, { elements: [] });
    expect(await read()).toEqual({ elements: [] });
  });
});
