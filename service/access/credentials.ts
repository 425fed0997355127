import type { Socket } from 'node:net';
import type { AccessList } from '../config/access-file.ts';
import type { CertificateEntry, TokenEntry } from '../config/sections/auth.ts';
import type { Caller, Grant } from '../contract/access/caller.ts';
import { hashId, isTokenOf, tokenId } from '../contract/access/token.ts';
import { createGlob } from '../contract/values/glob.ts';
import { peerOf } from './client-certificate.ts';

/** What somebody can show to be let in, and what it is good for. */
export type Credential = {
  readonly kind: 'token' | 'certificate';
  /** What stands in the token; the pattern of the certificate's subject. */
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
export type Mismatch = 'malformed' | 'unknown' | 'expired' | 'stranger';

export type Credentials = {
  /** By an Authorization header. */
  byHeader(header: string): Credential | Mismatch;
  /** By a token as it stands in a path. */
  byToken(token: string): Credential | Mismatch;
  /** By the certificate that the other side has shown; undefined where it has shown none. */
  byCertificate(socket: Socket): Credential | Mismatch | undefined;
  list(): readonly Credential[];
  /** From now on these, and no others, are good. When one was last used is kept. */
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
export function createCredentials(options: {
  callerOf: (entry: TokenEntry | CertificateEntry) => Caller;
  now: () => number;
}): Credentials {
  const { callerOf, now } = options;
  let tokens = new Map<string, TokenCredential>();
  let certificates: readonly CertificateCredential[] = [];
  const headers = new Map<string, Credential>();
  const texts = new Map<string, Credential>();
  let sockets = new WeakMap<Socket, SocketFinding>();

  const list = () => [...tokens.values(), ...certificates].map(({ credential }) => credential);

  function recognise(token: string): Credential | Mismatch {
    const id = tokenId(token);
    if (id === undefined) return 'malformed';
    const known = tokens.get(id);
    const isRight = isTokenOf(token, known?.hash ?? nobodysHash);
    return known && isRight ? known.credential : 'unknown';
  }

  function look(
    known: Map<string, Credential>,
    text: string,
    tokenIn: (text: string) => string | undefined,
  ): Credential | Mismatch {
    let credential = known.get(text);
    if (credential === undefined) {
      const found = recognise(tokenIn(text) ?? '');
      if (typeof found === 'string') return found;
      if (known.size >= maxKnown) known.clear();
      known.set(text, found);
      credential = found;
    }
    return used(credential, credential.expiresAtMs);
  }

  function used(credential: Credential, expiresAtMs: number): Credential | Mismatch {
    const nowMs = now();
    if (nowMs >= expiresAtMs) return 'expired';
    credential.lastUsedMs = nowMs;
    return credential;
  }

  function recognisePeer(socket: Socket): SocketFinding {
    const peer = peerOf(socket);
    if (peer === undefined || peer === 'stranger') return { found: peer, validToMs: 0 };
    const known = certificates.find(({ matches }) => peer.names.some(matches));
    return { found: known?.credential ?? 'stranger', validToMs: peer.validToMs };
  }

  return {
    byHeader: (header) => look(headers, header, bearerToken),
    byToken: (token) => look(texts, token, (text) => text),
    byCertificate(socket) {
      if (certificates.length === 0) return undefined;
      let finding = sockets.get(socket);
      if (finding === undefined) {
        finding = recognisePeer(socket);
        sockets.set(socket, finding);
      }
      const { found, validToMs } = finding;
      return typeof found === 'object' ? used(found, validToMs) : found;
    },
    list,
    replace(access) {
      const times = new Map(list().map((one) => [keyOf(one), one.lastUsedMs]));
      tokens = new Map(
        access.tokens.map((entry) => {
          const hash = entry.hash.reveal();
          const id = hashId(hash) ?? '';
          const { expiresAt = Number.POSITIVE_INFINITY } = entry;
          return [id, { hash, credential: credentialOf('token', id, entry, expiresAt) }];
        }),
      );
      certificates = access.certificates.map((entry) => ({
        matches: createGlob(entry.subject),
        credential: credentialOf('certificate', entry.subject, entry, Number.POSITIVE_INFINITY),
      }));
      for (const credential of list()) credential.lastUsedMs = times.get(keyOf(credential));
      headers.clear();
      texts.clear();
      sockets = new WeakMap();
    },
  };

  function credentialOf(
    kind: Credential['kind'],
    id: string,
    entry: TokenEntry | CertificateEntry,
    expiresAtMs: number,
  ): Credential {
    const { name, components } = entry;
    const scopes = new Set(entry.scopes);
    const caller = callerOf(entry);
    return { kind, id, name, scopes, components, expiresAtMs, caller, lastUsedMs: undefined };
  }
}

type TokenCredential = { readonly hash: string; readonly credential: Credential };
type CertificateCredential = {
  readonly matches: (name: string) => boolean;
  readonly credential: Credential;
};
type SocketFinding = {
  readonly found: Credential | 'stranger' | undefined;
  readonly validToMs: number;
};

/** Stands for a credential in what is kept: a token and a certificate may have the same id. */
export const keyOf = ({ kind, id }: Credential): string => `${kind} ${id}`;

/** The hash of no token: what is compared with it is always wrong, and takes as long. */
const nobodysHash = `sha256:none:${'0'.repeat(64)}`;

/**
 * RFC 6750, 2.1; the name of the scheme in any case. It says one space; some senders
 * have more. A header that is good is remembered, so that it may not have any number of them.
 */
const bearerToken = (header: string): string | undefined =>
  /^Bearer {1,4}(\S+)$/i.exec(header)?.[1];
