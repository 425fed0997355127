import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { scopeId } from '../auth/roles.ts';
import type { LiveToken } from '../auth/tokens.ts';
import { badRequest, conflict, couldNotFind, forbidden, notFound, refused } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { ApplicationCredential } from '../store/records.ts';
import { hashSecret, newId } from '../store/state.ts';
import { roles } from './directory.ts';
import {
  authorize,
  callerOf,
  type Exchange,
  isUser,
  listReply,
  matchesQuery,
  noContent,
  type Reply,
  type Routes,
  readMember,
} from './route.ts';

const path = '/v3/users/:userId/application_credentials';

export const applicationCredentialRoutes: Routes = {
  [`GET ${path}`]: list,
  [`POST ${path}`]: create,
  [`GET ${path}/:id`]: show,
  [`DELETE ${path}/:id`]: remove,
};

const newCredential = z.object({
  name: z.string().min(1).max(255),
  description: z.string().nullish(),
  secret: z.string().nullish(),
  roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
  expires_at: z.string().nullish(),
  unrestricted: z.boolean().nullish(),
});

function list(exchange: Exchange): Reply {
  const { keystone, params, query } = exchange;
  authorize(exchange, 'list_application_credentials', isUser(params['userId']));
  const documents = keystone.state.applicationCredentials
    .filter(({ userId }) => userId === params['userId'])
    .map((credential) => credentialDocument(exchange, credential))
    .filter((credential) => matchesQuery(query, credential, ['name']));
  return listReply(exchange, 'application_credentials', documents);
}

/** Only the user itself may create one; no other reply contains the secret. */
function create(exchange: Exchange): Reply {
  const { keystone, params } = exchange;
  const { applicationCredentials } = keystone.state;
  const wanted = readMember(exchange, 'application_credential', newCredential);
  const caller = callerOf(exchange);
  const userId = caller.user.id;
  if (userId !== params['userId']) throw forbidden('identity:create_application_credential');
  requireUnrestricted(keystone, caller);
  const { name } = wanted;
  const roleIds = chooseRoles(keystone, caller, wanted.roles);
  const expiresAtMs = wanted.expires_at == null ? null : expiry(keystone, wanted.expires_at);
  if (applicationCredentials.find((other) => other.userId === userId && other.name === name)) {
    throw conflict('application_credential', `Duplicate entry found with name ${name}`);
  }
  const secret = wanted.secret ?? randomBytes(64).toString('base64url');
  const credential = applicationCredentials.put({
    id: newId(),
    name,
    description: wanted.description ?? null,
    userId,
    projectId: scopeId(caller.token.scope) || null,
    roleIds,
    expiresAtMs,
    unrestricted: wanted.unrestricted ?? null,
    secretHash: hashSecret(secret),
  });
  const document = { ...credentialDocument(exchange, credential), secret };
  return { status: 201, json: { application_credential: document } };
}

function show(exchange: Exchange): Reply {
  authorize(exchange, 'get_application_credential', isUser(exchange.params['userId']));
  const document = credentialDocument(exchange, credentialOf(exchange));
  return { status: 200, json: { application_credential: document } };
}

function remove(exchange: Exchange): Reply {
  const { keystone, params } = exchange;
  const isOwner = isUser(params['userId']);
  requireUnrestricted(keystone, authorize(exchange, 'delete_application_credential', isOwner));
  keystone.state.applicationCredentials.remove(credentialOf(exchange).id);
  return noContent;
}

/** A token of an application credential may not create or delete application credentials. */
function requireUnrestricted({ state }: Keystone, { token }: LiveToken): void {
  if (token.applicationCredentialId === null) return;
  const credential = state.applicationCredentials.get(token.applicationCredentialId);
  if (credential?.unrestricted === true) return;
  throw refused(
    'You are not authorized to perform the requested action: Using method ' +
      "'application_credential' is not allowed for managing additional application credentials..",
  );
}

/**
 * The ids of the requested roles, which the caller must have. Without any, also if the list is empty,
 * as the `openstack` command sends it, all of the caller's.
 */
function chooseRoles(
  { state }: Keystone,
  caller: LiveToken,
  wanted: readonly { id?: string | undefined; name?: string | undefined }[] = [],
): string[] {
  const own = caller.roles.map(({ id }) => id);
  if (wanted.length === 0) return own;
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

function credentialDocument({ keystone, origin }: Exchange, credential: ApplicationCredential) {
  const { id, expiresAtMs } = credential;
  const held = credential.roleIds.flatMap((roleId) => keystone.state.roles.get(roleId) ?? []);
  return {
    id,
    name: credential.name,
    description: credential.description,
    user_id: credential.userId,
    project_id: credential.projectId,
    system: null,
    // Without the `Z`, unlike every other time of Keystone.
    expires_at:
      expiresAtMs === null ? null : new Date(expiresAtMs).toISOString().replace('Z', '000'),
    unrestricted: credential.unrestricted,
    roles: held.map((role) => ({ ...roles.document(role, origin), links: undefined })),
    links: { self: `${origin}/v3/application_credentials/${id}` },
  };
}

function credentialOf({ keystone, params }: Exchange): ApplicationCredential {
  const credential = keystone.state.applicationCredentials.get(params['id'] ?? '');
  if (credential === undefined || credential.userId !== params['userId']) {
    throw couldNotFind('Application Credential', params['id'] ?? '');
  }
  return credential;
}
