import { randomBytes } from 'node:crypto';
import { couldNotFind, type KeystoneError, notFound } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Role, Token, TokenScope, User } from '../store/records.ts';
import { newTokenId } from '../store/state.ts';
import { effectiveRoles, withImplied } from './roles.ts';

/** A valid token with its user and the roles that the user has now. */
export type LiveToken = { token: Token; user: User; roles: Role[] };

/** `live` if the token is valid; `problem` if what it depends on was deleted or disabled. */
type Validity = { live?: LiveToken; problem?: KeystoneError };

/** Number of logins after which expired tokens are deleted. Their replies stay the same. */
const loginsBetweenCleanings = 1000;

type TokenRequest = {
  userId: string;
  methods: readonly string[];
  scope: TokenScope;
  applicationCredentialId: string | null;
  /** The token of a login by token; the new token expires with it. */
  parent: Token | undefined;
};

export function issueToken({ state, settings, now }: Keystone, request: TokenRequest): Token {
  const { parent, methods, ...rest } = request;
  const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000;
  if (state.tokens.size() % loginsBetweenCleanings === 0) {
    state.tokens.removeWhere((token) => token.expiresAtMs <= now());
  }
  return state.tokens.put({
    ...rest,
    id: newTokenId(),
    methods: [...methods],
    issuedAtMs: wholeSeconds(now()),
    // Fernet tokens contain whole seconds: the real lifetime is up to a second shorter.
    expiresAtMs: parent?.expiresAtMs ?? wholeSeconds(now() + settings.tokenLifetimeSeconds * 1000),
    auditIds: [randomBytes(16).toString('base64url'), ...(parent?.auditIds.slice(0, 1) ?? [])],
    revoked: false,
  });
}

/** The validity of a token now. The order of the checks is that of the real service. */
export function examineToken({ state, now }: Keystone, tokenId: string): Validity {
  const token = state.tokens.get(tokenId);
  if (token === undefined || token.expiresAtMs <= now()) return {};
  const { userId, scope, applicationCredentialId } = token;
  const user = state.users.get(userId);
  if (user === undefined) return { problem: couldNotFind('user', userId) };
  const credential = state.applicationCredentials.get(applicationCredentialId ?? '');
  if (applicationCredentialId !== null && credential === undefined) {
    return { problem: couldNotFind('Application Credential', applicationCredentialId) };
  }
  if (scope.kind === 'project') {
    const project = state.projects.get(scope.id);
    if (project === undefined) return { problem: couldNotFind('project', scope.id) };
    if (!project.enabled) {
      const message = `Unable to validate token because project ${scope.id} is disabled`;
      return { problem: notFound(message) };
    }
  }
  if (token.revoked || !user.enabled) return {};
  const roles = credential
    ? withImplied(state, credential.roleIds)
    : effectiveRoles(state, userId, scope);
  return scope.kind !== 'unscoped' && roles.length === 0 ? {} : { live: { token, user, roles } };
}

/** Revokes the tokens that match for good; returns their number. */
export function revokeTokens({ state }: Keystone, matches: (token: Token) => boolean): number {
  const found = state.tokens.filter((token) => !token.revoked && matches(token));
  for (const token of found) state.tokens.put({ ...token, revoked: true });
  return found.length;
}

/** Expires the tokens that match; returns their number. */
export function expireTokens({ state, now }: Keystone, matches: (token: Token) => boolean): number {
  const found = state.tokens.filter((token) => token.expiresAtMs > now() && matches(token));
  for (const token of found) state.tokens.put({ ...token, expiresAtMs: now() });
  return found.length;
}
