import { randomBytes } from 'node:crypto';
import { couldNotFind, type KeystoneError, notFound } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Role, Scope, Token, User } from '../store/records.ts';
import { newTokenId } from '../store/state.ts';
import { effectiveRoles, withImplied } from './roles.ts';

/** A token with what holds of it now: roles may shrink during its life. */
export type LiveToken = { token: Token; user: User; roles: Role[] };

/** `live` if the token is valid; `problem` if what it depends on was deleted or disabled. */
export type Validity = { live?: LiveToken; problem?: KeystoneError };

/** After so many logins the expired tokens are thrown away; they answer as unknown ones do. */
const loginsBetweenCleanings = 1000;

export type TokenRequest = {
  userId: string;
  methods: readonly string[];
  scope: Scope;
  applicationCredentialId?: string;
  /** A token made from another one never outlives it. */
  parent?: Token;
};

export function issueToken(keystone: Keystone, request: TokenRequest): Token {
  const { state, settings } = keystone;
  const now = keystone.now();
  const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000;
  const parentAuditId = request.parent?.auditIds[0];
  if (state.tokens.size() % loginsBetweenCleanings === 0) forgetExpired(keystone);
  return state.tokens.put({
    id: newTokenId(),
    userId: request.userId,
    methods: [...request.methods],
    scope: request.scope,
    issuedAtMs: wholeSeconds(now),
    // Fernet tokens hold whole seconds, so that a token really lives up to a second less.
    expiresAtMs:
      request.parent?.expiresAtMs ?? wholeSeconds(now + settings.tokenLifetimeSeconds * 1000),
    auditIds: [newAuditId(), ...(parentAuditId === undefined ? [] : [parentAuditId])],
    applicationCredentialId: request.applicationCredentialId ?? null,
    revoked: false,
  });
}

/** The validity of a token now. The order of the checks is that of the real service. */
export function examineToken(keystone: Keystone, tokenId: string): Validity {
  const { state } = keystone;
  const token = state.tokens.get(tokenId);
  if (token === undefined || token.expiresAtMs <= keystone.now()) return {};
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
  if (scope.kind !== 'unscoped' && roles.length === 0) return {};
  return { live: { token, user, roles } };
}

/** Revokes for ever all tokens that match, and says how many there were. */
export function revokeTokens(keystone: Keystone, wanted: (token: Token) => boolean): number {
  const found = keystone.state.tokens.all().filter((token) => !token.revoked && wanted(token));
  for (const token of found) keystone.state.tokens.put({ ...token, revoked: true });
  return found.length;
}

/** Ends the life of all tokens that match now, and says how many there were. */
export function expireTokens(keystone: Keystone, wanted: (token: Token) => boolean): number {
  const now = keystone.now();
  const found = keystone.state.tokens.all().filter((it) => it.expiresAtMs > now && wanted(it));
  for (const token of found) keystone.state.tokens.put({ ...token, expiresAtMs: now });
  return found.length;
}

function forgetExpired({ state, now }: Keystone): void {
  const expired = state.tokens.all().filter((token) => token.expiresAtMs <= now());
  for (const token of expired) state.tokens.remove(token.id);
}

function newAuditId(): string {
  return randomBytes(16).toString('base64url');
}
