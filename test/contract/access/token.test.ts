import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  createToken,
  hashToken,
  isTokenOf,
  tokenId,
  withoutTokens,
} from '../../../service/contract/access/token.ts';

describe('createToken', () => {
  it('makes a token whose hash is that of the whole', () => {
    const { id, token, hash } = createToken();
    expect(token).toMatch(/^hb_[a-z0-9]{10}_[\w-]{43}$/);
    expect(tokenId(token)).toBe(id);
    expect(hashToken(token)).toBe(hash);
    expect(isTokenOf(token, hash)).toBe(true);
  });

  it('never makes the same twice', () => {
    const made = Array.from({ length: 1_000 }, createToken);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1_000);
    expect(new Set(made.map(({ token }) => token)).size).toBe(1_000);
  });
});

describe('hashToken', () => {
  it.each([
    '',
    'secret',
    'hb_',
    'hb_abcd_short',
    `hb_ABCD_${'x'.repeat(43)}`,
    `hb__${'x'.repeat(43)}`,
  ])('has none for %j, which is not a token', (text) => {
    expect(hashToken(text)).toBeUndefined();
  });
});

describe('isTokenOf', () => {
  const { id, token, hash } = createToken();

  it.each([
    ['another character at the end', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['one character less', token.slice(0, -1)],
    ['one more', `${token}A`],
    ['the same id', `hb_${id}_${'A'.repeat(43)}`],
    ['the hash itself', hash],
    ['nothing', ''],
  ])('says no to %s', (_, text) => {
    expect(isTokenOf(text, hash)).toBe(false);
  });

  it('says no to every token, for a hash that is none', () => {
    expect(isTokenOf(token, '')).toBe(false);
    expect(isTokenOf(token, 'sha256:abcd:')).toBe(false);
  });

  it('compares in constant time, and nothing else compares secrets', () => {
    const source = readFileSync('service/contract/access/token.ts', 'utf8');
    expect(source).toContain('timingSafeEqual(wanted, given)');
    const credentials = readFileSync('service/access/credentials.ts', 'utf8');
    expect(credentials).not.toMatch(/hash\b[^\n]*===|===[^\n]*\bhash\b/);
  });
});

describe('withoutTokens', () => {
  it('leaves the id, and everything that is no token', () => {
    const { id, token } = createToken();
    expect(withoutTokens(`a ${token} b /beat/${token}?c`)).toBe(
      `a hb_${id}_[redacted] b /beat/hb_${id}_[redacted]?c`,
    );
    expect(withoutTokens('hb_ and hb_a_b stay')).toBe('hb_ and hb_a_b stay');
  });

  it('takes out one that was cut off', () => {
    const { id, token } = createToken();
    expect(withoutTokens(token.slice(0, -20))).toBe(`hb_${id}_[redacted]`);
  });
});
