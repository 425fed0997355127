import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hashToken } from '../../contract/access/token.ts';
import type { Credential, Credentials } from '../credentials.ts';
import { sessionSecrets } from './session-cookie.ts';

/** Setting in which the sessions are saved. */
export const sessionsKey = 'access.sessions';

/** A session that was found by its cookie. */
export type FoundSession = {
  readonly credential: Credential;
  readonly expiresAtMs: number;
};

export type NewSession = {
  readonly secret: string;
  readonly maxAgeMs: number;
  readonly expiresAtMs: number;
};

type Session = { readonly tokenHash: string; readonly startedAtMs: number };

const maxSessionsOfToken = 100;
const secretBytes = 32;

const savedSchema = z.array(z.tuple([z.string(), z.string(), z.number()]));

/**
 * Sessions of browsers. A session is a random secret that represents a token: it permits what the
 * token permits, and ends when the token expires or is no longer configured. Only a hash of the
 * secret is kept. As for tokens, one round of SHA-256 suffices for 256 random bits, and a look-up by
 * hash reveals nothing by its time.
 */
export class Sessions {
  readonly #credentials: Credentials;
  readonly #now: () => number;
  readonly #maxAgeMs: number;
  /** By the hash of the secret, the oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: {
    credentials: Credentials;
    now: () => number;
    maxAgeMs: number;
    saved: string | undefined;
  }) {
    this.#credentials = options.credentials;
    this.#now = options.now;
    this.#maxAgeMs = options.maxAgeMs;
    for (const [hash, tokenHash, startedAtMs] of savedSchema.parse(
      JSON.parse(options.saved ?? '[]'),
    )) {
      this.#sessions.set(hash, { tokenHash, startedAtMs });
    }
  }

  /** Finds the session of a Cookie header. */
  find(cookies: string): FoundSession | undefined {
    for (const secret of sessionSecrets(cookies)) {
      const session = this.#sessions.get(hashOf(secret));
      const found = session && this.#use(session);
      if (found) return found;
    }
    return undefined;
  }

  /** Begins a session of a token; the oldest of too many sessions of the token ends. */
  begin(token: string, { expiresAtMs }: Credential): NewSession {
    this.#removeEnded();
    const tokenHash = hashToken(token) ?? '';
    const others = [...this.#sessions].filter(([, one]) => one.tokenHash === tokenHash);
    for (const [hash] of others.slice(0, -maxSessionsOfToken + 1)) this.#sessions.delete(hash);
    const startedAtMs = this.#now();
    const secret = randomBytes(secretBytes).toString('base64url');
    this.#sessions.set(hashOf(secret), { tokenHash, startedAtMs });
    const maxAgeMs = Math.min(this.#maxAgeMs, expiresAtMs - startedAtMs);
    return { secret, maxAgeMs, expiresAtMs: startedAtMs + maxAgeMs };
  }

  /** Ends the sessions of a Cookie header. */
  end(cookies: string): void {
    for (const secret of sessionSecrets(cookies)) this.#sessions.delete(hashOf(secret));
  }

  /** All sessions, to be saved. */
  text(): string {
    const rows = [...this.#sessions].map(([hash, one]) => [hash, one.tokenHash, one.startedAtMs]);
    return JSON.stringify(rows);
  }

  #use({ tokenHash, startedAtMs }: Session): FoundSession | undefined {
    const endMs = startedAtMs + this.#maxAgeMs;
    if (this.#now() >= endMs) return undefined;
    const credential = this.#credentials.byHash(tokenHash);
    if (typeof credential === 'string') return undefined;
    return { credential, expiresAtMs: Math.min(endMs, credential.expiresAtMs) };
  }

  #removeEnded(): void {
    const nowMs = this.#now();
    for (const [hash, { tokenHash, startedAtMs }] of this.#sessions) {
      const isKnown = this.#credentials.isConfigured(tokenHash);
      if (!isKnown || nowMs >= startedAtMs + this.#maxAgeMs) this.#sessions.delete(hash);
    }
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
