import type { HttpResult } from '../runtime/http/http-client.ts';

/** Shorter words are no secrets, and stand in many an answer. */
const leastCharacters = 7;

/**
 * An exchange as it may be shown: an answer goes to the log, to `/health` and into dead letters, and
 * a receiver, or a proxy before it, may repeat in it what it was asked, credentials and all.
 */
export function withoutSecrets(exchange: HttpResult, secrets: readonly string[]): HttpResult {
  if (exchange.kind === 'failure') return exchange;
  // `Bearer …` is repeated with and without the first word, and a path in pieces.
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[\s/?&=]+/)])
    .filter(({ length }) => length >= leastCharacters)
    .toSorted((one, other) => other.length - one.length);
  return { ...exchange, body: parts.reduce(withoutPart, exchange.body) };
}

const withoutPart = (text: string, part: string): string => text.replaceAll(part, '***');
