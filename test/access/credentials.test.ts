import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Credentials } from '../../service/access/credentials.ts';
import type { TokenEntry } from '../../service/config/sections/auth.ts';
import { createToken } from '../../service/contract/access/token.ts';
import { Secret } from '../../service/contract/values/secret.ts';

const { id, token, hash } = createToken();
const other = createToken();
const entryOf = (text: string, more: Partial<TokenEntry> = {}): TokenEntry => ({
  name: 'fleet',
  hash: new Secret(text),
  scopes: ['ingest'],
  ...more,
});

function createFixture(...tokens: TokenEntry[]) {
  let nowMs = 1_000;
  const credentials = new Credentials({
    callerOf: ({ name }) => ({ name }),
    now: () => nowMs,
  });
  const replace = (...entries: TokenEntry[]) =>
    credentials.replace({ tokens: entries, certificates: [] });
  replace(...tokens);
  const at = (ms: number) => {
    nowMs = ms;
  };
  return { credentials, replace, at };
}

describe('Credentials', () => {
  it('finds a token, also the second time, and records when', () => {
    const { credentials, at } = createFixture(entryOf(hash));
    expect(credentials.byHeader(`Bearer ${token}`)).toMatchObject({ id, lastUsedMs: 1_000 });
    at(2_000);
    expect(credentials.byHeader(`Bearer ${token}`)).toMatchObject({ id, lastUsedMs: 2_000 });
    at(3_000);
    expect(credentials.byToken(token)).toMatchObject({ id, lastUsedMs: 3_000 });
  });

  it('does not confuse a header with a token in a path', () => {
    const { credentials } = createFixture(entryOf(hash));
    credentials.byToken(token);
    expect(credentials.byHeader(token)).toBe('malformed');
    credentials.byHeader(`Bearer ${token}`);
    expect(credentials.byToken(`Bearer ${token}`)).toBe('malformed');
  });

  it('rejects it after its expiry, even if it was used before', () => {
    const { credentials, at } = createFixture(entryOf(hash, { expiresAt: 5_000 }));
    at(4_999);
    expect(credentials.byToken(token)).toMatchObject({ id });
    at(5_000);
    expect(credentials.byToken(token)).toBe('expired');
  });

  it('rejects it when it was withdrawn, or has another hash', () => {
    const { credentials, replace } = createFixture(entryOf(hash), entryOf(other.hash));
    expect(credentials.byToken(token)).toMatchObject({ id });
    replace(entryOf(other.hash));
    expect(credentials.byToken(token)).toBe('unknown');
    expect(credentials.byToken(other.token)).toMatchObject({ id: other.id });
    replace(entryOf(`sha256:${id}:${'0'.repeat(64)}`));
    expect(credentials.byToken(token)).toBe('unknown');
    replace();
    expect(credentials.byToken(other.token)).toBe('unknown');
  });

  it('keeps the time of last use of remaining credentials', () => {
    const { credentials, replace } = createFixture(entryOf(hash));
    credentials.byToken(token);
    replace(entryOf(other.hash), entryOf(hash, { scopes: ['read'] }));
    expect(credentials.list()).toMatchObject([
      { id: other.id, lastUsedMs: undefined },
      { id, lastUsedMs: 1_000, scopes: new Set(['read']) },
    ]);
  });

  it('finds no certificate on a connection without TLS', () => {
    const { credentials } = createFixture(entryOf(hash));
    credentials.replace({
      tokens: [],
      certificates: [{ name: 'ops', subject: '*', scopes: ['admin'] }],
    });
    expect(credentials.byCertificate(new Socket())).toBeUndefined();
  });

  it('accepts no other text, and never fails', () => {
    const { credentials } = createFixture(entryOf(hash));
    credentials.byHeader(`Bearer ${token}`);
    credentials.byToken(token);
    const near = fc
      .tuple(fc.nat(token.length - 1), fc.string({ maxLength: 3, unit: 'binary' }), fc.nat(2))
      .map(([at, text, skipped]) => token.slice(0, at) + text + token.slice(at + skipped))
      .filter((text) => text !== token);
    const schemes = fc.constantFrom('Bearer ', 'bearer  ', 'Basic ', '', ' Bearer ', 'Bearer\t');
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), schemes, (text, scheme) => {
        expect(typeof credentials.byToken(text)).toBe('string');
        // White space behind a token is none of it.
        if (text.trimEnd() !== token) {
          expect(typeof credentials.byHeader(scheme + text)).toBe('string');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
