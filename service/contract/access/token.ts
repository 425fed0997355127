import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/**
 * A bearer token is `hb_<id>_<secret>`. The id is no secret: it finds the entry of the token, and
 * may be logged. The secret has 256 random bits, which cannot be guessed however fast a guess is
 * checked; so one round of SHA-256 suffices, and a slow hash, made for passwords, would only let
 * attackers keep the service busy.
 *
 * A hash is `sha256:<id>:<hex>`, over the whole token. It gives no access.
 */
type NewToken = { readonly id: string; readonly token: string; readonly hash: string };

const tokenForm = /^hb_([a-z0-9]{4,32})_[\w-]{32,200}$/;
export const hashForm = /^sha256:([a-z0-9]{4,32}):([0-9a-f]{64})$/;

const idCharacters = 'abcdefghijkmnpqrstuvwxyz23456789';
const idLength = 10;
const secretBytes = 32;

export function createToken(): NewToken {
  const characters = Array.from({ length: idLength }, () => idCharacters[randomInt(32)]);
  const id = characters.join('');
  const token = `hb_${id}_${randomBytes(secretBytes).toString('base64url')}`;
  return { id, token, hash: `sha256:${id}:${digest(token).toString('hex')}` };
}

/** Undefined for any other text, so that no made-up word becomes a token. */
export function hashToken(token: string): string | undefined {
  const id = tokenId(token);
  return id === undefined ? undefined : `sha256:${id}:${digest(token).toString('hex')}`;
}

export const tokenId = (token: string): string | undefined => tokenForm.exec(token)?.[1];

export const hashId = (hash: string): string | undefined => hashForm.exec(hash)?.[1];

/** Compares a token with a hash, in the same time for all tokens of one length. */
export function isTokenOf(token: string, hash: string): boolean {
  const wanted = Buffer.from(hashForm.exec(hash)?.[2] ?? '', 'hex');
  const given = digest(token);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Redacts the secret of every token in a text, and leaves its id. */
export function withoutTokens(text: string): string {
  return text.includes('hb_') ? text.replaceAll(anyToken, 'hb_$1_[redacted]') : text;
}

const anyToken = /hb_([a-z0-9]{4,32})_[\w-]{8,}/g;

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
