import type { AccessList } from '../../config/access-file.ts';
import type { TokenEntry } from '../../config/sections/auth.ts';
import type { Caller, Grant } from '../../contract/access/caller.ts';
import { hashId, isTokenOf, tokenId } from '../../contract/access/token.ts';
import { shown } from '../../ingest/candidate.ts';
import { createGlob } from '../../runtime/glob.ts';

/** What somebody can show to be let in, and what it is good for. */
export type Credential = {
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Grant>;
  readonly components: readonly string[] | undefined;
  /** Infinity for one that is good for ever. */
  readonly expiresAtMs: number;
  readonly caller: Caller;
  lastUsedMs: number | undefined;
};

/** Why nobody is known by what was shown. */
export type Mismatch = 'malformed' | 'unknown' | 'expired';

export type Credentials = {
  /** By an Authorization header. */
  byHeader(header: string): Credential | Mismatch;
  /** By a token as it stands in a path. */
  byToken(token: string): Credential | Mismatch;
  list(): readonly Credential[];
  /** From now on these, and no others, are good. When one was last used is kept, by its id. */
  replace(access: AccessList): void;
};

/** More spellings of good headers than there are tokens come from nobody who means well. */
const maxKnown = 10_000;

/**
 * Whoever was recognised once is found by the very text that was shown, which costs no hash.
 *
 * The look into these maps needs no constant time: a table finds a text by its seeded hash, and
 * compares characters with those texts alone that have the same one, so its time says nothing of
 * how much of a guess was right. The first comparison is made in constant time, and an id that
 * nobody has costs as much as a wrong secret.
 */
export function createCredentials(access: AccessList, now: () => number): Credentials {
  let byId = new Map<string, { credential: Credential; hash: string }>();
  const headers = new Map<string, Credential>();
  const tokens = new Map<string, Credential>();

  function recognise(token: string): Credential | Mismatch {
    const id = tokenId(token);
    if (id === undefined) return 'malformed';
    const entry = byId.get(id);
    const isRight = isTokenOf(token, entry?.hash ?? nobodysHash);
    return entry && isRight ? entry.credential : 'unknown';
  }

  function look(
    known: Map<string, Credential>,
    text: string,
    tokenIn: (text: string) => string | undefined,
  ): Credential | Mismatch {
    const nowMs = now();
    let credential = known.get(text);
    if (credential === undefined) {
      const found = recognise(tokenIn(text) ?? '');
      if (typeof found === 'string') return found;
      if (known.size >= maxKnown) known.clear();
      known.set(text, found);
      credential = found;
    }
    if (nowMs >= credential.expiresAtMs) return 'expired';
    credential.lastUsedMs = nowMs;
    return credential;
  }

  function replace({ tokens: entries }: AccessList): void {
    const before = byId;
    byId = new Map(
      entries.map((entry) => {
        const hash = entry.hash.reveal();
        const id = hashId(hash) ?? '';
        const lastUsedMs = before.get(id)?.credential.lastUsedMs;
        return [id, { hash, credential: credentialOf(entry, id, lastUsedMs) }];
      }),
    );
    headers.clear();
    tokens.clear();
  }
  replace(access);

  return {
    byHeader: (header) => look(headers, header, bearerToken),
    byToken: (token) => look(tokens, token, (text) => text),
    list: () => [...byId.values()].map(({ credential }) => credential),
    replace,
  };
}

/** The hash of no token: what is compared with it is always wrong, and takes as long. */
const nobodysHash = `sha256:none:${'0'.repeat(64)}`;

/** RFC 6750, 2.1; the name of the scheme in any case. */
const bearerToken = (header: string): string | undefined => /^Bearer +(\S+) *$/i.exec(header)?.[1];

function credentialOf(
  { name, scopes, components, expiresAt = Number.POSITIVE_INFINITY }: TokenEntry,
  id: string,
  lastUsedMs: number | undefined,
): Credential {
  return {
    id,
    name,
    scopes: new Set(scopes),
    components,
    expiresAtMs: expiresAt,
    caller: callerOf(name, components),
    lastUsedMs,
  };
}

function callerOf(name: string, components: readonly string[] | undefined): Caller {
  if (components === undefined) return { name };
  const patterns = components.map(createGlob);
  const expected = `a component that ${name} may beat for (${components.join(', ')})`;
  return {
    name,
    bar(heartbeat, path) {
      if (patterns.some((matches) => matches(heartbeat.name))) return undefined;
      return { path: `${path}.name`, expected, got: shown(heartbeat.name) };
    },
  };
}
