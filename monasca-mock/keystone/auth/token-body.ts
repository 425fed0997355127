import type { Keystone } from '../keystone.ts';
import type { Domain } from '../store/records.ts';
import { catalogFor } from './catalog.ts';
import type { LiveToken } from './tokens.ts';

/** The document that a login and a validation answer. */
export function tokenBody(keystone: Keystone, live: LiveToken, withCatalog: boolean) {
  const { state } = keystone;
  const { token, user, roles } = live;
  const scoped = token.scope.kind !== 'unscoped';
  const credential =
    token.applicationCredentialId === null
      ? undefined
      : state.applicationCredentials.get(token.applicationCredentialId);
  return {
    token: {
      methods: token.methods,
      user: {
        domain: domainBody(state.domains.get(user.domainId), user.domainId),
        id: user.id,
        name: user.name,
        password_expires_at: null,
      },
      audit_ids: token.auditIds,
      expires_at: keystoneTime(token.expiresAtMs),
      issued_at: keystoneTime(token.issuedAtMs),
      ...scopeBody(keystone, live),
      ...(scoped ? { roles: roles.map(({ id, name }) => ({ id, name })) } : {}),
      ...(scoped && withCatalog ? { catalog: catalogFor(state, token) } : {}),
      ...(credential === undefined
        ? {}
        : {
            application_credential: {
              id: credential.id,
              name: credential.name,
              restricted: credential.unrestricted !== true,
            },
          }),
    },
  };
}

/** Microseconds, always zero: `2026-11-20T08:14:53.000000Z`. */
export function keystoneTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '.000000Z');
}

function scopeBody({ state }: Keystone, { token }: LiveToken) {
  const { scope } = token;
  switch (scope.kind) {
    case 'unscoped':
      return {};
    case 'system':
      return { system: { all: true } };
    case 'domain':
      return { domain: domainBody(state.domains.get(scope.id), scope.id) };
    case 'project': {
      const project = state.projects.get(scope.id);
      const domainId = project?.domainId ?? '';
      return {
        project: {
          domain: domainBody(state.domains.get(domainId), domainId),
          id: scope.id,
          name: project?.name,
        },
        is_domain: false,
      };
    }
  }
}

function domainBody(domain: Domain | undefined, id: string) {
  return { id, name: domain?.name };
}
