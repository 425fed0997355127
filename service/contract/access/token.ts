import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/**
 * A bearer token is `hb_<id>_<secret>`. The id is no secret: it finds the entry that is meant, and
 * may stand in a log. The secret is 256 random bits, which nobody guesses however fast a guess is
 * checked; so one round of SHA-256 is the right hash, and a slow one, made for passwords, would only
 * be a way to keep the service busy.
 *
 * A hash is `sha256:<id>:<hex>`, over the whole token. Who has it cannot get in with it.
 */
export type NewToken = { readonly id: string; readonly token: string; readonly hash: string };

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

/** Undefined for what is no token: nobody should get in with a word that somebody made up. */
export function hashToken(token: string): string | undefined {
  const id = tokenId(token);
  return id === undefined ? undefined : `sha256:${id}:${digest(token).toString('hex')}`;
}

export const tokenId = (token: string): string | undefined => tokenForm.exec(token)?.[1];

export const hashId = (hash: string): string | undefined => hashForm.exec(hash)?.[1];

/** Whether it is the token with this hash; takes the same time for all tokens of one length. */
export function isTokenOf(token: string, hash: string): boolean {
  const wanted = Buffer.from(hashForm.exec(hash)?.[2] ?? '', 'hex');
  const given = digest(token);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Text with the secret of every token in it taken out, the id left for whoever has to find it. */
export function withoutTokens(text: string): string {
  return text.includes('hb_') ? text.replaceAll(anyToken, 'hb_$1_[redacted]') : text;
}

const anyToken = /hb_([a-z0-9]{4,32})_[\w-]{8,}/g;

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
