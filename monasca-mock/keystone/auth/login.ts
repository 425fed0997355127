import { expecting, notFound, refused, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { ApplicationCredential, Token, TokenScope, User } from '../store/records.ts';
import { hashSecret } from '../store/state.ts';
import { countFailure, isLocked } from './lockout.ts';
import type { LoginRequest } from './login-request.ts';
import { effectiveRoles } from './roles.ts';
import { findUser, requestedScope } from './scope.ts';
import { examineToken, issueToken, type LiveToken } from './tokens.ts';

type Identity = { user: User; parent?: Token };

/** Issues a token for a well-formed login request, or throws the error of the real service. */
export function login(keystone: Keystone, request: LoginRequest): LiveToken {
  const { methods } = request.identity;
  // The scope is resolved before the password is checked, as in the real service.
  const credential = methods.includes('application_credential')
    ? credentialOf(keystone, request)
    : undefined;
  const requested = credential ? undefined : requestedScope(keystone, request.scope);
  const { user, parent } = identify(keystone, request, credential);
  const token = issueToken(keystone, {
    userId: user.id,
    methods: [...new Set([...methods, ...(parent?.methods ?? [])])],
    scope: credential ? credentialScope(credential) : (requested ?? defaultScope(keystone, user)),
    applicationCredentialId: credential?.id ?? null,
    parent,
  });
  const { live } = examineToken(keystone, token.id);
  if (live) return live;
  // No role in its scope: the token is not issued.
  keystone.state.tokens.remove(token.id);
  throw unauthorized();
}

/** The user that all methods of the request authenticate. */
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
  if (!first || identities.some(({ user }) => user.id !== first.user.id)) throw unauthorized();
  return identities.find(({ parent }) => parent !== undefined) ?? first;
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

/** Throws 401 for a wrong password, which counts as a failure, and for a locked account. */
export function checkPassword(keystone: Keystone, user: User, password: string | undefined): void {
  if (isLocked(keystone, user.id)) throw unauthorized();
  if (password === undefined || user.passwordHash !== hashSecret(password)) {
    countFailure(keystone, user.id);
    throw unauthorized();
  }
  keystone.failures.delete(user.id);
}

function byToken(keystone: Keystone, tokenId: string): Identity {
  const { live, problem } = examineToken(keystone, tokenId);
  if (live === undefined) throw problem ?? notFound('Failed to validate token');
  if (live.token.applicationCredentialId === null) return { user: live.user, parent: live.token };
  throw refused(
    'You are not authorized to perform the requested action: Using a delegated token to ' +
      'create another token is not allowed..',
  );
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
  const { id, name, user } = identity.application_credential ?? {};
  if (id !== undefined) {
    const found = applicationCredentials.get(id);
    if (found) return found;
    // Not a 401: the real service reports that the credential was deleted.
    throw notFound(`Could not find Application Credential: ${id}.`);
  }
  if (name === undefined) throw expecting('name or ID', 'application credential');
  if (user === undefined) throw expecting('user', 'application credential');
  const owner = findUser(keystone, user);
  const found = applicationCredentials.find(
    (other) => other.name === name && other.userId === owner?.id,
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
  const isExpired = credential.expiresAtMs !== null && credential.expiresAtMs <= keystone.now();
  const isRight = !isExpired && credential.secretHash === hashSecret(secret);
  if (!isRight || !mayLogIn(keystone, user)) throw unauthorized();
  return user;
}

function mayLogIn({ state }: Keystone, user: User): boolean {
  return user.enabled && state.domains.get(user.domainId)?.enabled === true;
}

function credentialScope({ projectId }: ApplicationCredential): TokenScope {
  return projectId === null ? { kind: 'unscoped' } : { kind: 'project', id: projectId };
}

/** The default project of the user if the user has a role in it; otherwise no scope. */
function defaultScope({ state }: Keystone, user: User): TokenScope {
  const project = state.projects.get(user.defaultProjectId ?? '');
  if (!project?.enabled) return { kind: 'unscoped' };
  const scope: TokenScope = { kind: 'project', id: project.id };
  return effectiveRoles(state, user.id, scope).length > 0 ? scope : { kind: 'unscoped' };
}
