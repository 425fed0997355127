import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import { endpoint } from '../../support/keystone-answer.ts';
import {
  noAbort,
  tokenOf,
  untilToken,
  useKeystoneFixture,
} from '../../support/keystone-fixture.ts';
import { until } from '../../support/until.ts';

describe('createKeystone, in trouble', () => {
  const fixture = useKeystoneFixture();

  it('shares a failure among all waiting callers', async () => {
    const { tokenRequest, create } = fixture();
    tokenRequest().reply(500);
    const keystone = create();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => tokenOf(keystone)));
    expect(new Set(tokens)).toEqual(new Set(['server-error']));
  });

  it('keeps the old token while logins fail, with growing pauses between attempts', async () => {
    const { clock, lines, tokenRequest, create, grant } = fixture();
    grant(600);
    const keystone = create();
    await tokenOf(keystone);
    await clock.advance(480_000);
    const unwell = tokenRequest().times(2).reply(503);
    expect(await tokenOf(keystone)).toBe('token-1');
    await until(() => keystone.status().lastError !== undefined);

    await clock.advance(999);
    expect(await tokenOf(keystone)).toBe('token-1');
    expect(unwell.pendingMocks()).toHaveLength(1);
    await clock.advance(1);
    expect(await tokenOf(keystone)).toBe('token-1');
    await until(() => unwell.isDone());
    await until(() => keystone.status().lastErrorAtMs === clock.now());

    await clock.advance(1_999);
    expect(await tokenOf(keystone)).toBe('token-1');
    grant(600);
    await clock.advance(1);
    await untilToken(keystone, 'token-2');
    expect(lines.map(({ msg }) => msg)).toEqual([
      'Logins to Keystone fail',
      'Logins to Keystone work again',
    ]);
  });

  it('leaves Keystone alone for a minute after a refusal, then two, up to a quarter of an hour', async () => {
    const { clock, lines, create, refuse, counted } = fixture();
    const keystone = create();
    for (const minutes of [1, 2, 4, 8, 15, 15]) {
      refuse();
      const first = await keystone.session(noAbort);
      expect(first).toMatchObject({ reason: 'unauthenticated', afterMs: minutes * 60_000 });

      // No answer is prepared: a request would be a failure of another kind.
      await clock.advance(10_000);
      const later = await Promise.all(Array.from({ length: 100 }, () => keystone.session(noAbort)));
      for (const outcome of later) {
        expect(outcome).toEqual({ ...first, afterMs: minutes * 60_000 - 10_000 });
      }
      await clock.advance(minutes * 60_000 - 10_000);
    }
    expect(await counted('refused')).toBe(6);
    expect(lines).toHaveLength(1);
  });

  it('forgets its refusals once a login works', async () => {
    const { clock, create, grant, refuse } = fixture();
    refuse();
    const keystone = create();
    await keystone.session(noAbort);
    await clock.advance(60_000);
    grant(60);
    expect(await tokenOf(keystone)).toBe('token-1');
    keystone.invalidate('token-1');
    refuse();
    expect(await keystone.session(noAbort)).toMatchObject({ afterMs: 60_000 });
  });

  it('takes a deleted application credential for a refusal, and names it', async () => {
    const { tokenRequest, create } = fixture();
    tokenRequest().reply(404, { error: { code: 404, message: 'Could not find it.', title: 'x' } });
    const login = { kind: 'application-credential', id: 'a1', secret: new Secret('s') } as const;
    expect(await create({ login }).session(noAbort)).toEqual({
      kind: 'retry',
      reason: 'unauthenticated',
      detail:
        'the login of application credential a1 is refused: Keystone answered 404: Could not find it.',
      afterMs: 60_000,
    });
  });

  it('goes on serving a living token when a new one is refused', async () => {
    const { clock, create, grant, refuse } = fixture();
    grant(3_600);
    const keystone = create();
    await tokenOf(keystone);
    await clock.advance(3_480_000);
    refuse();
    expect(await tokenOf(keystone)).toBe('token-1');
    await until(() => keystone.status().lastError !== undefined);
    await clock.advance(59_999);
    expect(await tokenOf(keystone)).toBe('token-1');
    keystone.invalidate('token-1');
    expect(await keystone.session(noAbort)).toMatchObject({
      reason: 'unauthenticated',
      afterMs: 1,
    });
  });

  it.each([
    ['seconds', 429, () => '17'],
    ['a date', 503, () => new Date(fixture().clock.now() + 17_000).toUTCString()],
  ])(
    'sends no request for the time that Keystone requests in %s',
    async (_, status, retryAfter) => {
      const { clock, tokenRequest, create, grant } = fixture();
      tokenRequest().reply(status, '', { 'Retry-After': retryAfter() });
      const keystone = create();
      expect(await keystone.session(noAbort)).toMatchObject({
        reason: 'throttled',
        afterMs: 17_000,
      });
      await clock.advance(16_999);
      expect(await keystone.session(noAbort)).toMatchObject({ reason: 'throttled', afterMs: 1 });
      await clock.advance(1);
      grant(60);
      expect(await tokenOf(keystone)).toBe('token-1');
    },
  );

  it('lets its caller decide when to try again after other failures', async () => {
    const { tokenRequest, create, grant, counted } = fixture();
    const keystone = create();
    tokenRequest().reply(500);
    expect(await keystone.session(noAbort)).toMatchObject({ reason: 'server-error' });
    tokenRequest().replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    expect(await keystone.session(noAbort)).toMatchObject({ reason: 'unreachable' });
    tokenRequest().reply(404, '<!doctype html>');
    expect(await keystone.session(noAbort)).toMatchObject({ reason: 'unexpected-answer' });
    grant(60);
    expect(await tokenOf(keystone)).toBe('token-1');
    expect(await counted('unavailable')).toBe(3);
    expect(await counted('success')).toBe(1);
  });

  it('names the endpoint that a catalog lacks, and tries again after a minute', async () => {
    const { clock, create, grant } = fixture();
    const elsewhere = [
      { type: 'monitoring', endpoints: [endpoint('public', 'RegionTwo', 'http://m/')] },
    ];
    grant(3_600, 1, elsewhere);
    const keystone = create();
    expect(await keystone.session(noAbort)).toEqual({
      kind: 'retry',
      reason: 'unexpected-answer',
      detail:
        'the catalog has no public endpoint of a monitoring service in region RegionOne; ' +
        'of monitoring it has public in RegionTwo',
      afterMs: 60_000,
    });
    await clock.advance(60_000);
    grant(3_600);
    expect(await tokenOf(keystone)).toBe('token-2');
  });

  it('writes one line when logins begin to fail, one when they work again, and no secret', async () => {
    const { lines, tokenRequest, create, grant } = fixture();
    const keystone = create();
    for (let n = 0; n < 3; n++) {
      tokenRequest().reply(500);
      await keystone.session(noAbort);
    }
    grant(60, 2);
    keystone.invalidate(await tokenOf(keystone));
    await tokenOf(keystone);
    expect(lines).toEqual([
      {
        level: 'warn',
        authUrl: 'http://keystone.test:5000/v3',
        user: 'user ge of project monitoring',
        detail: 'Keystone answered 500',
        msg: 'Logins to Keystone fail',
      },
      {
        level: 'info',
        authUrl: 'http://keystone.test:5000/v3',
        msg: 'Logins to Keystone work again',
      },
    ]);
    expect(JSON.stringify([lines, keystone.status()])).not.toMatch(/ge-secret|token-/);
  });
});
