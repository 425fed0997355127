import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createAuthorizer } from '../../service/access/authorizer.ts';
import type { RequestHead } from '../../service/access/client-address.ts';
import { Credentials } from '../../service/access/credentials.ts';
import { Sessions } from '../../service/access/identity/sessions.ts';
import type { Grant } from '../../service/contract/access/caller.ts';
import { createToken } from '../../service/contract/access/token.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const { token, hash } = createToken();
const noLimits = { callerRequestsPerSecond: 0, addressRequestsPerSecond: 0, burstSeconds: 1 };

function createFixture(limits: Partial<typeof noLimits> = {}) {
  const clock = createFakeClock();
  const metrics = createMetrics();
  let address = '203.0.113.1';
  const credentials = new Credentials({ callerOf: ({ name }) => ({ name }), now: clock.now });
  const permit = (scopes: readonly Grant[], expiresAt?: number) =>
    credentials.replace({
      tokens: [
        {
          name: 'fleet',
          hash: new Secret(hash),
          scopes: [...scopes],
          ...(expiresAt === undefined ? {} : { expiresAt }),
        },
      ],
      certificates: [],
    });
  permit(['ingest', 'read']);
  const authorizer = createAuthorizer(
    {
      known: {
        credentials,
        sessions: new Sessions({ credentials, now: clock.now, maxAgeMs: 1, saved: undefined }),
      },
      limits: { ...noLimits, ...limits },
      addressOf: () => address,
      stopping: new AbortController().signal,
    },
    { clock, metrics },
  );
  const requestWith = (headers: RequestHead['headers']): RequestHead => ({
    headers,
    socket: new Socket(),
  });
  return {
    clock,
    authorizer,
    permit,
    request: requestWith({ authorization: `Bearer ${token}` }),
    guess: requestWith({ authorization: `Bearer ${createToken().token}` }),
    from: (client: string) => {
      address = client;
    },
  };
}

describe('isStillAllowed', () => {
  it('ends when only the scope of the token is taken away, or the token', () => {
    const { authorizer, permit, request } = createFixture();
    expect(authorizer.isStillAllowed(request, 'read')).toBe(true);
    permit(['ingest']);
    expect(authorizer.isStillAllowed(request, 'read')).toBe(false);
    expect(authorizer.isStillAllowed(request, 'ingest')).toBe(true);
    expect(authorizer.isStillAllowed(request, 'none')).toBe(true);
  });

  it('ends with the time of the token', async () => {
    const { authorizer, clock, permit, request } = createFixture();
    permit(['read'], clock.now() + 1_000);
    expect(authorizer.isStillAllowed(request, 'read')).toBe(true);
    await clock.advance(1_000);
    expect(authorizer.isStillAllowed(request, 'read')).toBe(false);
  });
});

describe('authorize', () => {
  it('counts failed logins of an IPv6 network together, and of an IPv4 address alone', () => {
    const { authorizer, guess, from } = createFixture();
    const isDelayed = (client: string) => {
      from(client);
      const decision = authorizer.authorize(guess, 'read');
      return decision.kind === 'denied' && decision.until !== undefined;
    };
    const clients = Array.from({ length: 10 }, (_, n) => `2001:db8:1:2::${n}`);
    expect(clients.map(isDelayed)).toEqual(Array(10).fill(false));
    expect(isDelayed('2001:db8:1:2:ffff::1')).toBe(true);
    expect(isDelayed('2001:db8:1:3::1')).toBe(false);
    const hosts = Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`);
    expect(hosts.map(isDelayed)).toEqual(Array(20).fill(false));
  });

  it('does not slow expired tokens, which are no guesses', async () => {
    const { authorizer, clock, permit, request } = createFixture();
    permit(['read'], clock.now());
    for (let n = 0; n < 30; n++) {
      const decision = authorizer.authorize(request, 'read');
      expect(decision).toEqual({
        kind: 'denied',
        problem: { code: 'unauthorized', detail: 'The token or certificate has expired.' },
      });
    }
  });

  it('denies a scope that the token has not, and permits what needs none', () => {
    const { authorizer, permit, request, guess } = createFixture({ callerRequestsPerSecond: 1 });
    expect(authorizer.authorize(request, 'admin')).toEqual({
      kind: 'denied',
      problem: {
        code: 'forbidden',
        detail: 'fleet has the scopes ingest, read; this needs the scope admin.',
      },
    });
    permit([]);
    expect(authorizer.authorize(request, 'read')).toMatchObject({ problem: { code: 'forbidden' } });
    for (let n = 0; n < 30; n++) {
      expect(authorizer.authorize(guess, 'none')).toMatchObject({ kind: 'allowed' });
    }
  });

  it('permits one request at once even where the limit is less than one a second', async () => {
    const { authorizer, clock, request } = createFixture({ callerRequestsPerSecond: 0.1 });
    expect(authorizer.authorize(request, 'read')).toEqual({
      kind: 'allowed',
      caller: { name: 'fleet' },
    });
    await clock.advance(500);
    expect(authorizer.authorize(request, 'read')).toEqual({
      kind: 'denied',
      problem: {
        code: 'rate-limited',
        detail: 'Too many requests; the next is accepted in 10 s.',
        retryAfterSeconds: 10,
      },
    });
    await clock.advance(9_500);
    expect(authorizer.authorize(request, 'read').kind).toBe('allowed');
  });

  it('counts requests of an IPv6 network together', () => {
    const { authorizer, request, from } = createFixture({ addressRequestsPerSecond: 1 });
    const kindFrom = (client: string) => {
      from(client);
      return authorizer.authorize(request, 'read').kind;
    };
    expect(kindFrom('2001:db8:1:2::1')).toBe('allowed');
    expect(kindFrom('2001:db8:1:2::2')).toBe('denied');
    expect(kindFrom('2001:db8:1:3::1')).toBe('allowed');
  });
});
