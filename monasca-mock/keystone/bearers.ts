import type { Bearer, ValidateToken } from '../tokens.ts';
import { examineToken } from './auth/tokens.ts';
import type { Keystone } from './keystone.ts';

type Known = { bearer: Bearer; version: number; validatedAtMs: number };

const maxKnown = 10_000;

/**
 * The middleware in front of Monasca. A result is cached until anything in Keystone changes, and
 * in any case for `middlewareCacheSeconds`, so that a validation costs a Map lookup. Expiry is
 * always exact.
 */
export function createTokenValidator(keystone: Keystone): ValidateToken {
  const { state, settings } = keystone;
  const cache = new Map<string, Known>();
  return (tokenId) => {
    const now = keystone.now();
    const known = cache.get(tokenId);
    const token = state.tokens.get(tokenId);
    const isCached =
      known !== undefined &&
      (known.version === state.version() ||
        now - known.validatedAtMs < settings.middlewareCacheSeconds * 1000);
    if (isCached && token !== undefined && token.expiresAtMs > now) return known.bearer;
    const { live } = examineToken(keystone, tokenId);
    if (live === undefined) {
      cache.delete(tokenId);
      return undefined;
    }
    const { scope } = live.token;
    const projectId = scope.kind === 'project' ? scope.id : undefined;
    const bearer = { projectId, roles: live.roles.map(({ name }) => name) };
    if (cache.size >= maxKnown) cache.clear();
    cache.set(tokenId, { bearer, version: state.version(), validatedAtMs: now });
    return bearer;
  };
}
