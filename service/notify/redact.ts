import type { HttpResult } from '../runtime/http/http-client.ts';

/** Shorter words are no secrets, and frequent in responses. */
const minCharacters = 7;

/**
 * Removes secrets from a result: a response goes to the log, to `/health` and into dead letters, and a
 * recipient or a proxy may repeat the request in it, with the credentials.
 */
export function withoutSecrets(result: HttpResult, secrets: readonly string[]): HttpResult {
  if (result.kind === 'failure') return result;
  // `Bearer …` may be repeated without its first word, and a path in parts.
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[\s/?&=]+/)])
    .filter(({ length }) => length >= minCharacters)
    .toSorted((one, other) => other.length - one.length);
  return { ...result, body: parts.reduce(withoutPart, result.body) };
}

const withoutPart = (text: string, part: string): string => text.replaceAll(part, '***');
