import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { tokenBody } from '../../support/keystone-answer.ts';
import {
  noAbort,
  tokenOf,
  untilToken,
  useKeystoneFixture,
} from '../../support/keystone-fixture.ts';
import { samplesOf } from '../../support/samples.ts';

describe('createKeystone', () => {
  const fixture = useKeystoneFixture();

  it('gives a token and the address of Monasca', async () => {
    const { create, grant, counted } = fixture();
    grant(3_600);
    expect(await create().session(noAbort)).toEqual({
      kind: 'session',
      token: 'token-1',
      endpoint: 'http://monasca.test:8070/v2.0',
    });
    expect(await counted('success')).toBe(1);
  });

  it('sends what Keystone expects', async () => {
    const { create } = fixture();
    nock('http://keystone.test:5000', {
      reqheaders: { 'content-type': 'application/json', accept: 'application/json' },
    })
      .post('/v3/auth/tokens', {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'ge', domain: { id: 'default' }, password: 'ge-secret' } },
          },
          scope: { project: { name: 'monitoring', domain: { id: 'default' } } },
        },
      })
      .reply(201, tokenBody(60), { 'X-Subject-Token': 't' });
    expect(await tokenOf(create())).toBe('t');
  });

  it('prefers a configured address of Monasca, and then needs no catalog', async () => {
    const { create, grant } = fixture();
    grant(3_600, 1, []);
    expect(await create({ monascaUrl: 'http://elsewhere:8070/' }).session(noAbort)).toMatchObject({
      endpoint: 'http://elsewhere:8070/v2.0',
    });
  });

  it('logs in once for a hundred callers', async () => {
    const { create, grant } = fixture();
    grant(3_600);
    const keystone = create();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => tokenOf(keystone)));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(await tokenOf(keystone)).toBe('token-1');
  });

  it.each([
    ['an hour', 3_600, 3_480],
    ['a minute', 60, 48],
  ])(
    'fetches a token of %s anew ahead of its end, while the old one serves',
    async (_, lifetime, refreshAfter) => {
      const { clock, create, grant, logins } = fixture();
      grant(lifetime, 2);
      const keystone = create();
      await tokenOf(keystone);
      await clock.advance(refreshAfter * 1_000 - 1);
      expect(await tokenOf(keystone)).toBe('token-1');
      expect(logins()).toBe(1);
      await clock.advance(1);
      expect(await tokenOf(keystone)).toBe('token-1');
      await untilToken(keystone, 'token-2');
      expect(logins()).toBe(2);
    },
  );

  it('fetches a token of five seconds anew after four, and no sooner', async () => {
    const { clock, create, grant, logins } = fixture();
    grant(5, 3);
    const keystone = create();
    for (const expected of ['token-1', 'token-2', 'token-3']) {
      expect(await tokenOf(keystone)).toBe(expected);
      await clock.advance(3_999);
      expect(await tokenOf(keystone)).toBe(expected);
      await clock.advance(1);
    }
    expect(logins()).toBe(3);
  });

  it('does not care about the wall clock, ours or theirs', async () => {
    const { clock, create, grant } = fixture();
    grant(3_600);
    const keystone = create();
    await tokenOf(keystone);
    clock.stepWall(7_200_000);
    expect(await tokenOf(keystone)).toBe('token-1');
    clock.stepWall(-14_400_000);
    expect(await tokenOf(keystone)).toBe('token-1');
  });

  it('logs in again once a token has expired without a call', async () => {
    const { clock, create, grant } = fixture();
    grant(60, 2);
    const keystone = create();
    await tokenOf(keystone);
    await clock.advance(59_000);
    expect(await tokenOf(keystone)).toBe('token-2');
  });

  it('forgets a token that was refused, and logs in once for all who found that out', async () => {
    const { create, grant, logins } = fixture();
    grant(3_600, 2);
    const keystone = create();
    const token = await tokenOf(keystone);
    const again = Array.from({ length: 20 }, async () => {
      keystone.invalidate(token);
      return tokenOf(keystone);
    });
    expect(new Set(await Promise.all(again))).toEqual(new Set(['token-2']));
    expect(logins()).toBe(2);
  });

  it('keeps its token when an older one is invalidated', async () => {
    const { create, grant } = fixture();
    grant(3_600, 2);
    const keystone = create();
    keystone.invalidate(await tokenOf(keystone));
    await tokenOf(keystone);
    keystone.invalidate('token-1');
    expect(await tokenOf(keystone)).toBe('token-2');
  });

  it('reports its last success and failure, and the expiry of its token', async () => {
    const { clock, metrics, tokenRequest, create, grant } = fixture();
    const keystone = create();
    expect(keystone.status()).toEqual({ isFailing: false });
    tokenRequest().reply(500);
    await keystone.session(noAbort);
    const failedAtMs = clock.now();
    const failed = { lastErrorAtMs: failedAtMs, lastError: 'Keystone answered 500' };
    expect(keystone.status()).toEqual({ ...failed, isFailing: true });

    await clock.advance(5_000);
    // An hour back: the success bears an earlier time than the failure.
    clock.stepWall(-3_600_000);
    grant(60);
    await keystone.session(noAbort);
    expect(keystone.status()).toEqual({
      ...failed,
      isFailing: false,
      lastSuccessAtMs: failedAtMs - 3_595_000,
      expiresAtMs: failedAtMs - 3_535_000,
    });
    const seconds = 'heartbeat_keystone_token_expiry_seconds';
    expect((await samplesOf(metrics)).get(seconds)).toBe(59);
    await clock.advance(60_000);
    expect(keystone.status()).not.toHaveProperty('expiresAtMs');
    expect((await samplesOf(metrics)).get(seconds)).toBe(0);
  });

  it('counts the lifetime of a token from its request on, however late the response is', async () => {
    const { create, clock, grantLater, refuse } = fixture();
    await clock.advance(1_000_000);
    const { asked, answer } = grantLater();
    const keystone = create();
    const session = keystone.session(noAbort);
    await asked;
    await clock.advance(10_000);
    answer();
    expect(await session).toMatchObject({ token: 'late' });
    const isFresh = async () => {
      const replaced = refuse();
      await tokenOf(keystone);
      await clock.advance(0);
      const wasAsked = replaced.isDone();
      nock.cleanAll();
      return !wasAsked;
    };
    // A token of a minute: usable for 59 seconds, replaced after 48.
    await clock.advance(37_999);
    expect(await isFresh()).toBe(true);
    await clock.advance(1);
    expect(await isFresh()).toBe(false);
    await clock.advance(10_999);
    expect(keystone.status()).toHaveProperty('expiresAtMs');
    await clock.advance(1);
    expect(keystone.status()).not.toHaveProperty('expiresAtMs');
  });

  it('lets a caller go who does not want to wait, and logs in for the others', async () => {
    const { create, grantLater } = fixture();
    const { asked, answer } = grantLater();
    const keystone = create();
    const controller = new AbortController();
    const impatient = keystone.session(controller.signal);
    const patient = keystone.session(noAbort);
    await asked;
    controller.abort();
    expect(await impatient).toMatchObject({ kind: 'retry', reason: 'aborted' });
    answer();
    expect(await patient).toMatchObject({ kind: 'session', token: 'late' });
  });

  it('begins nothing for a caller who has already gone', async () => {
    const { create } = fixture();
    expect(await create().session(AbortSignal.abort())).toMatchObject({ reason: 'aborted' });
  });

  it('gives up a login when it is closed, without calling that a failure', async () => {
    const { create, grantLater, lines } = fixture();
    const { asked, answer } = grantLater();
    const keystone = create();
    const waiting = keystone.session(noAbort);
    await asked;
    keystone.close();
    expect(await waiting).toMatchObject({ reason: 'aborted' });
    expect(keystone.status()).toEqual({ isFailing: false });
    expect(lines).toEqual([]);
    answer();
  });
});
