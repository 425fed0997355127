import { describe, expect, it } from '@jest/globals';
import { Credentials } from '../../service/access/credentials.ts';
import { Sessions } from '../../service/access/identity/sessions.ts';
import { createToken } from '../../service/contract/access/token.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const [one, other] = [createToken(), createToken()];

function createFixture(saved?: string) {
  const clock = createFakeClock();
  const credentials = new Credentials({ callerOf: ({ name }) => ({ name }), now: clock.now });
  const entry = ({ id, hash }: typeof one) => ({
    name: id,
    hash: new Secret(hash),
    scopes: ['read' as const],
  });
  const permit = (...tokens: (typeof one)[]) =>
    credentials.replace({ tokens: tokens.map(entry), certificates: [] });
  permit(one, other);
  const sessions = new Sessions({ credentials, now: clock.now, maxAgeMs: 60_000, saved });
  const begin = ({ token }: typeof one): string => {
    const found = credentials.byToken(token);
    if (typeof found === 'string') throw new Error(found);
    return `ge-heartbeat-session=${sessions.begin(token, found).secret}`;
  };
  return { clock, permit, sessions, begin };
}

describe('Sessions', () => {
  it('keeps the 100 newest of a token, and those of other tokens', () => {
    const { sessions, begin } = createFixture();
    const ofOther = begin(other);
    const cookies = Array.from({ length: 101 }, () => begin(one));
    const found = cookies.map((cookie) => sessions.find(cookie) !== undefined);
    expect(found).toEqual([false, ...Array(100).fill(true)]);
    expect(sessions.find(ofOther)?.credential.name).toBe(other.id);
  });

  it('saves hashes alone, and drops what has ended', async () => {
    const { clock, permit, sessions, begin } = createFixture();
    const cookie = begin(one);
    const secret = cookie.split('=')[1] ?? '';
    const saved = sessions.text();
    expect(saved).not.toContain(secret);
    expect(createFixture(saved).sessions.find(cookie)?.credential.name).toBe(one.id);
    permit(other);
    begin(other);
    expect(JSON.parse(sessions.text())).toHaveLength(1);
    await clock.advance(60_000);
    begin(other);
    expect(JSON.parse(sessions.text())).toHaveLength(1);
  });

  it('finds a session among other cookies, also behind another one of its name', () => {
    const { sessions, begin } = createFixture();
    const cookie = begin(one);
    const cookies = `a=b; ge-heartbeat-session=tossed; ${cookie}; c`;
    expect(sessions.find(cookies)?.credential.name).toBe(one.id);
    expect(sessions.find(`x${cookie}`)).toBeUndefined();
    expect(sessions.find('')).toBeUndefined();
  });
});
