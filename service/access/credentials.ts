import type { Socket } from 'node:net';
import type { AccessList } from '../config/access-file.ts';
import type { CertificateEntry, TokenEntry } from '../config/sections/auth.ts';
import type { Caller, Grant } from '../contract/access/caller.ts';
import { hashId, isTokenOf, tokenId } from '../contract/access/token.ts';
import { createGlob } from '../contract/values/glob.ts';
import { clientCertificateOf } from './client-certificate.ts';

/** A token or client certificate, and what it permits. */
export type Credential = {
  readonly kind: 'token' | 'certificate';
  /** Id of the token, or pattern of the certificate's subject. */
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Grant>;
  readonly components: readonly string[] | undefined;
  /** Infinity for one that does not expire. */
  readonly expiresAtMs: number;
  readonly caller: Caller;
  lastUsedMs: number | undefined;
};

/** Why a request that carries a token or certificate has no credential. */
export type Mismatch = 'malformed' | 'unknown' | 'expired' | 'untrusted-certificate';

/** Spellings of valid headers that are remembered; more are sent only to fill the memory. */
const maxRemembered = 10_000;

/**
 * Finds the credential of a request. One that was found before is found again by the same text,
 * without a hash.
 *
 * That look-up need not take constant time: a table finds a text by its seeded hash, and compares
 * characters only with texts of the same hash, so its time does not reveal how much of a guess was
 * right. The first comparison takes constant time, and an unknown id as long as a wrong secret.
 */
export class Credentials {
  readonly #callerOf: (entry: TokenEntry | CertificateEntry) => Caller;
  readonly #now: () => number;
  #tokens = new Map<string, { readonly hash: string; readonly credential: Credential }>();
  #byHash: ReadonlyMap<string, Credential> = new Map();
  #certificates: readonly {
    readonly matches: (name: string) => boolean;
    readonly credential: Credential;
  }[] = [];
  readonly #foundByHeader = new Map<string, Credential>();
  readonly #foundByToken = new Map<string, Credential>();
  #foundBySocket = new WeakMap<Socket, SocketResult>();

  constructor(options: {
    callerOf: (entry: TokenEntry | CertificateEntry) => Caller;
    now: () => number;
  }) {
    this.#callerOf = options.callerOf;
    this.#now = options.now;
  }

  /** Finds the credential in an Authorization header. */
  byHeader(header: string): Credential | Mismatch {
    return this.#find(this.#foundByHeader, header, bearerToken);
  }

  /** Finds the credential of a bare token, as it is in a path. */
  byToken(token: string): Credential | Mismatch {
    return this.#find(this.#foundByToken, token, (text) => text);
  }

  /** Finds the credential of a client certificate; undefined where there is no certificate. */
  byCertificate(socket: Socket): Credential | Mismatch | undefined {
    if (this.#certificates.length === 0) return undefined;
    let result = this.#foundBySocket.get(socket);
    if (result === undefined) {
      result = this.#identify(socket);
      this.#foundBySocket.set(socket, result);
    }
    const { found, validToMs } = result;
    return typeof found === 'object' ? this.#use(found, validToMs) : found;
  }

  /** Finds the credential of a token by the hash that is configured for it. */
  byHash(hash: string): Credential | Mismatch {
    const credential = this.#byHash.get(hash);
    return credential ? this.#use(credential, credential.expiresAtMs) : 'unknown';
  }

  /** Returns whether a token with this hash is configured, expired or not. */
  isConfigured(hash: string): boolean {
    return this.#byHash.has(hash);
  }

  list(): readonly Credential[] {
    return [...this.#tokens.values(), ...this.#certificates].map(({ credential }) => credential);
  }

  /** Replaces all credentials; remaining ones keep their time of last use. */
  replace(access: AccessList): void {
    const times = new Map(this.list().map((one) => [keyOf(one), one.lastUsedMs]));
    this.#tokens = new Map(
      access.tokens.map((entry) => {
        const hash = entry.hash.reveal();
        const id = hashId(hash) ?? '';
        return [id, { hash, credential: this.#create('token', id, entry, entry.expiresAt) }];
      }),
    );
    this.#byHash = new Map(
      [...this.#tokens.values()].map(({ hash, credential }) => [hash, credential]),
    );
    this.#certificates = access.certificates.map((entry) => ({
      matches: createGlob(entry.subject),
      credential: this.#create('certificate', entry.subject, entry),
    }));
    for (const credential of this.list()) credential.lastUsedMs = times.get(keyOf(credential));
    this.#foundByHeader.clear();
    this.#foundByToken.clear();
    this.#foundBySocket = new WeakMap();
  }

  #find(
    remembered: Map<string, Credential>,
    text: string,
    tokenIn: (text: string) => string | undefined,
  ): Credential | Mismatch {
    let credential = remembered.get(text);
    if (credential === undefined) {
      const found = this.#check(tokenIn(text) ?? '');
      if (typeof found === 'string') return found;
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(text, found);
      credential = found;
    }
    return this.#use(credential, credential.expiresAtMs);
  }

  #check(token: string): Credential | Mismatch {
    const id = tokenId(token);
    if (id === undefined) return 'malformed';
    const known = this.#tokens.get(id);
    const isRight = isTokenOf(token, known?.hash ?? hashOfNoToken);
    return known && isRight ? known.credential : 'unknown';
  }

  #identify(socket: Socket): SocketResult {
    const certificate = clientCertificateOf(socket);
    if (typeof certificate !== 'object') return { found: certificate, validToMs: 0 };
    const { names, validToMs } = certificate;
    const known = this.#certificates.find(({ matches }) => names.some(matches));
    return { found: known?.credential ?? 'untrusted-certificate', validToMs };
  }

  #use(credential: Credential, expiresAtMs: number): Credential | Mismatch {
    const nowMs = this.#now();
    if (nowMs >= expiresAtMs) return 'expired';
    credential.lastUsedMs = nowMs;
    return credential;
  }

  #create(
    kind: Credential['kind'],
    id: string,
    entry: TokenEntry | CertificateEntry,
    expiresAtMs = Number.POSITIVE_INFINITY,
  ): Credential {
    const { name, components } = entry;
    const scopes = new Set(entry.scopes);
    const caller = this.#callerOf(entry);
    return { kind, id, name, scopes, components, expiresAtMs, caller, lastUsedMs: undefined };
  }
}

type SocketResult = {
  readonly found: Credential | 'untrusted-certificate' | undefined;
  readonly validToMs: number;
};

/** Key of a credential in what is saved: a token and a certificate may have the same id. */
export const keyOf = ({ kind, id }: Credential): string => `${kind} ${id}`;

/** Makes the comparison for an unknown id take as long as for a known one; it never matches. */
const hashOfNoToken = `sha256:none:${'0'.repeat(64)}`;

/**
 * RFC 6750, 2.1; the name of the scheme in any case. The RFC says one space; some senders have
 * more. Valid headers are remembered, so the number of spaces is bounded.
 */
const bearerToken = (header: string): string | undefined =>
  /^Bearer {1,4}(\S+)$/i.exec(header)?.[1];
