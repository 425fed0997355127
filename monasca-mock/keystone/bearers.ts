import type { Bearer, ValidateToken } from '../tokens.ts';
import { examineToken, type LiveToken } from './auth/tokens.ts';
import type { Keystone } from './keystone.ts';

type Known = { bearer: Bearer; version: number; askedAtMs: number };

/**
 * The middleware in front of Monasca. Asking costs a Map lookup: what a token says is kept until
 * anything in Keystone changes, or for `middlewareCacheSeconds` whatever changes. Only expiry is
 * always exact.
 */
export function createTokenValidator(keystone: Keystone): ValidateToken {
  const { state, settings } = keystone;
  const known = new Map<string, Known>();
  return (tokenId) => {
    const now = keystone.now();
    const token = state.tokens.get(tokenId);
    if (token === undefined || token.expiresAtMs <= now) {
      known.delete(tokenId);
      return undefined;
    }
    const before = known.get(tokenId);
    const isTrusted =
      before !== undefined &&
      (before.version === state.version() ||
        now - before.askedAtMs < settings.middlewareCacheSeconds * 1000);
    if (isTrusted) return before.bearer;
    const { live } = examineToken(keystone, tokenId);
    if (live === undefined) {
      known.delete(tokenId);
      return undefined;
    }
    const bearer = bearerOf(keystone, live);
    if (known.size >= 10_000) known.clear();
    known.set(tokenId, { bearer, version: state.version(), askedAtMs: now });
    return bearer;
  };
}

function bearerOf({ state }: Keystone, { token, user, roles }: LiveToken): Bearer {
  const projectId = token.scope.kind === 'project' ? token.scope.id : undefined;
  return {
    userId: user.id,
    userName: user.name,
    projectId,
    projectName: projectId === undefined ? undefined : state.projects.get(projectId)?.name,
    roles: roles.map(({ name }) => name),
  };
}
