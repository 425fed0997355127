import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { scopeId } from '../auth/roles.ts';
import type { LiveToken } from '../auth/tokens.ts';
import { badRequest, conflict, couldNotFind, forbidden, notFound, refused } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { ApplicationCredential } from '../store/records.ts';
import { hashSecret, newId } from '../store/state.ts';
import { credentialBody } from './bodies.ts';
import {
  callerOf,
  collectionRoutes,
  type Exchange,
  listReply,
  matchesQuery,
  noContent,
  type Reply,
  type Route,
  readMember,
  requireRight,
} from './route.ts';

const newCredential = z.object({
  name: z.string().min(1).max(255),
  description: z.string().nullish(),
  secret: z.string().nullish(),
  roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
  expires_at: z.string().nullish(),
  unrestricted: z.boolean().nullish(),
});

export function applicationCredentialRoutes(keystone: Keystone): Route[] {
  const path = '/v3/users/:userId/application_credentials';
  return collectionRoutes(keystone, path, { list, create, show, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  const userId = exchange.params['userId'] ?? '';
  requireRight(keystone, exchange, 'list_application_credentials', userId);
  const bodies = keystone.state.applicationCredentials
    .all()
    .filter((credential) => credential.userId === userId)
    .map((credential) => bodyOf(keystone, credential, exchange))
    .filter((credential) => matchesQuery(exchange.query, credential, ['name']));
  return listReply(exchange, 'application_credentials', bodies);
}

/** Only users themselves create one; the secret is shown this once. */
function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'application_credential', newCredential);
  const caller = callerOf(keystone, exchange);
  const userId = exchange.params['userId'] ?? '';
  if (caller.user.id !== userId) throw forbidden('identity:create_application_credential');
  requireUnrestricted(keystone, caller);
  const namesake = state.applicationCredentials.find(
    (other) => other.userId === userId && other.name === wanted.name,
  );
  const roleIds = chooseRoles(keystone, caller, wanted.roles);
  const expiresAtMs = wanted.expires_at == null ? null : expiry(keystone, wanted.expires_at);
  if (namesake) {
    throw conflict('application_credential', `Duplicate entry found with name ${wanted.name}`);
  }
  const secret = wanted.secret ?? randomBytes(64).toString('base64url');
  const credential = state.applicationCredentials.put({
    id: newId(),
    name: wanted.name,
    description: wanted.description ?? null,
    userId,
    projectId: scopeId(caller.token.scope) || null,
    roleIds,
    expiresAtMs,
    unrestricted: wanted.unrestricted ?? null,
    secretHash: hashSecret(secret),
  });
  const body = { ...bodyOf(keystone, credential, exchange), secret };
  return { status: 201, json: { application_credential: body } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'get_application_credential', exchange.params['userId']);
  const credential = credentialOf(keystone, exchange);
  return {
    status: 200,
    json: { application_credential: bodyOf(keystone, credential, exchange) },
  };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  const userId = exchange.params['userId'];
  const caller = requireRight(keystone, exchange, 'delete_application_credential', userId);
  requireUnrestricted(keystone, caller);
  keystone.state.applicationCredentials.remove(credentialOf(keystone, exchange).id);
  return noContent;
}

/** Whoever came with an application credential may not make or remove others. */
function requireUnrestricted({ state }: Keystone, { token }: LiveToken): void {
  if (token.applicationCredentialId === null) return;
  const credential = state.applicationCredentials.get(token.applicationCredentialId);
  if (credential?.unrestricted === true) return;
  throw refused(
    'You are not authorized to perform the requested action: Using method ' +
      "'application_credential' is not allowed for managing additional application credentials..",
  );
}

/** The roles asked for, which the caller must have; all of the caller's if none are named. */
function chooseRoles(
  { state }: Keystone,
  caller: LiveToken,
  wanted: { id?: string | undefined; name?: string | undefined }[] | undefined,
): string[] {
  const own = caller.roles.map(({ id }) => id);
  if (wanted === undefined) return own;
  return wanted.map(({ id, name }) => {
    const role = state.roles.find((other) => other.id === id || other.name === name);
    if (role === undefined) throw notFound(`Role ${id ?? name} is not defined`);
    if (own.includes(role.id)) return role.id;
    throw badRequest(
      'Invalid application credential: Cannot create an application credential with unassigned role',
    );
  });
}

function expiry(keystone: Keystone, text: string): number {
  const ms = Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(ms)) throw badRequest('Timestamp not in expected format.');
  if (ms <= keystone.now()) throw badRequest("The 'expires_at' must not be before now.");
  return ms;
}

function bodyOf({ state }: Keystone, credential: ApplicationCredential, exchange: Exchange) {
  const roles = credential.roleIds.flatMap((id) => state.roles.get(id) ?? []);
  return credentialBody(credential, roles, exchange.origin);
}

function credentialOf({ state }: Keystone, { params }: Exchange): ApplicationCredential {
  const credential = state.applicationCredentials.get(params['id'] ?? '');
  if (credential === undefined || credential.userId !== params['userId']) {
    throw couldNotFind('Application Credential', params['id'] ?? '');
  }
  return credential;
}
