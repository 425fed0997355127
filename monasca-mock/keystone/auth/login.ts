import { expecting, notFound, refused, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { ApplicationCredential, Scope, Token, User } from '../store/records.ts';
import { hashSecret } from '../store/state.ts';
import { countFailure, forgetFailures, isLocked } from './lockout.ts';
import type { LoginRequest } from './login-request.ts';
import { effectiveRoles } from './roles.ts';
import { findUser, requestedScope } from './scope.ts';
import { examineToken, issueToken, type LiveToken, type TokenRequest } from './tokens.ts';

type Identity = { user: User; parent?: Token; credential?: ApplicationCredential };

/** Issues a token for a login whose form is right, or throws what the real service answers. */
export function login(keystone: Keystone, request: LoginRequest): LiveToken {
  const { methods } = request.identity;
  // Scopes are looked up before passwords are checked, as the real service does.
  const credential = methods.includes('application_credential')
    ? credentialOf(keystone, request)
    : undefined;
  const asked = credential === undefined ? requestedScope(keystone, request.scope) : undefined;
  const identity = identify(keystone, request, credential);
  const scope = credential
    ? credentialScope(credential)
    : (asked ?? defaultScope(keystone, identity));
  return issue(keystone, {
    userId: identity.user.id,
    methods: [...new Set([...methods, ...(identity.parent?.methods ?? [])])],
    scope,
    ...(identity.parent === undefined ? {} : { parent: identity.parent }),
    ...(credential === undefined ? {} : { applicationCredentialId: credential.id }),
  });
}

/** A token that turns out to be worthless (no role in its scope) is not issued at all. */
function issue(keystone: Keystone, request: TokenRequest): LiveToken {
  const token = issueToken(keystone, request);
  const { live } = examineToken(keystone, token.id);
  if (live) return live;
  keystone.state.tokens.remove(token.id);
  throw unauthorized();
}

function identify(
  keystone: Keystone,
  request: LoginRequest,
  credential: ApplicationCredential | undefined,
): Identity {
  const identities = [...new Set(request.identity.methods)].map((method): Identity => {
    switch (method) {
      case 'password':
        return { user: byPassword(keystone, request) };
      case 'token':
        return byToken(keystone, request.identity.token?.id ?? '');
      case 'application_credential':
        return { user: bySecret(keystone, request, credential) };
      default:
        throw unauthorized();
    }
  });
  const [first] = identities;
  if (first === undefined) throw unauthorized();
  if (identities.some(({ user }) => user.id !== first.user.id)) throw unauthorized();
  const parent = identities.find((identity) => identity.parent !== undefined)?.parent;
  return { user: first.user, ...(parent === undefined ? {} : { parent }) };
}

function byPassword(keystone: Keystone, { identity }: LoginRequest): User {
  const wanted = identity.password?.user;
  if (wanted === undefined) throw expecting('user', 'password');
  const user = findUser(keystone, wanted);
  if (user === undefined) throw unauthorized();
  checkPassword(keystone, user, wanted.password);
  if (!mayLogIn(keystone, user)) throw unauthorized();
  return user;
}

/** Counts failures, and lets nobody in while the account is locked. */
export function checkPassword(keystone: Keystone, user: User, password: string | undefined): void {
  if (isLocked(keystone, user.id)) throw unauthorized();
  if (password === undefined || user.passwordHash !== hashSecret(password)) {
    countFailure(keystone, user.id);
    throw unauthorized();
  }
  forgetFailures(keystone, user.id);
}

function byToken(keystone: Keystone, tokenId: string): Identity {
  const { live, problem } = examineToken(keystone, tokenId);
  if (live === undefined) throw problem ?? notFound('Failed to validate token');
  const { token, user } = live;
  if (token.applicationCredentialId !== null) {
    throw refused(
      'You are not authorized to perform the requested action: Using a delegated token to ' +
        'create another token is not allowed..',
    );
  }
  return { user, parent: token };
}

function credentialOf(keystone: Keystone, { identity, scope }: LoginRequest) {
  const { applicationCredentials } = keystone.state;
  if (scope !== undefined) {
    throw unauthorized(
      'Error authenticating with application credential: Application credentials cannot ' +
        'request a scope.',
      {},
    );
  }
  const wanted = identity.application_credential;
  if (wanted?.id !== undefined) {
    const found = applicationCredentials.get(wanted.id);
    if (found) return found;
    // Not a 401: whoever logs in with a deleted credential is told so.
    throw notFound(`Could not find Application Credential: ${wanted.id}.`);
  }
  if (wanted?.name === undefined) throw expecting('name or ID', 'application credential');
  if (wanted.user === undefined) throw expecting('user', 'application credential');
  const user = findUser(keystone, wanted.user);
  const found = applicationCredentials.find(
    ({ name, userId }) => name === wanted.name && userId === user?.id,
  );
  if (found === undefined) throw unauthorized();
  return found;
}

function bySecret(
  keystone: Keystone,
  { identity }: LoginRequest,
  credential: ApplicationCredential | undefined,
): User {
  const secret = identity.application_credential?.secret;
  const user = credential && keystone.state.users.get(credential.userId);
  if (credential === undefined || user === undefined || secret === undefined) throw unauthorized();
  const expired = credential.expiresAtMs !== null && credential.expiresAtMs <= keystone.now();
  if (expired || credential.secretHash !== hashSecret(secret)) throw unauthorized();
  if (!mayLogIn(keystone, user)) throw unauthorized();
  return user;
}

function mayLogIn({ state }: Keystone, user: User): boolean {
  return user.enabled && state.domains.get(user.domainId)?.enabled === true;
}

function credentialScope({ projectId }: ApplicationCredential): Scope {
  return projectId === null ? { kind: 'unscoped' } : { kind: 'project', id: projectId };
}

/** The user's default project if there is a role in it; otherwise no scope, and no complaint. */
function defaultScope({ state }: Keystone, { user }: Identity): Scope {
  const project = state.projects.get(user.defaultProjectId ?? '');
  if (project === undefined || !project.enabled) return { kind: 'unscoped' };
  const scope: Scope = { kind: 'project', id: project.id };
  return effectiveRoles(state, user.id, scope).length > 0 ? scope : { kind: 'unscoped' };
}
