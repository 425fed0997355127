import type { Keystone } from '../keystone.ts';
import type { KeystoneState } from '../store/state.ts';
import { catalogFor } from './catalog.ts';
import type { LiveToken } from './tokens.ts';

/** The document of a login and of a validation. */
export function tokenBody({ state }: Keystone, live: LiveToken, withCatalog: boolean) {
  const { token, user, roles } = live;
  const isScoped = token.scope.kind !== 'unscoped';
  const credential = state.applicationCredentials.get(token.applicationCredentialId ?? '');
  return {
    token: {
      methods: token.methods,
      user: {
        domain: domainBody(state, user.domainId),
        id: user.id,
        name: user.name,
        password_expires_at: null,
      },
      audit_ids: token.auditIds,
      expires_at: keystoneTime(token.expiresAtMs),
      issued_at: keystoneTime(token.issuedAtMs),
      ...scopeBody(state, live),
      ...(isScoped && { roles: roles.map(({ id, name }) => ({ id, name })) }),
      ...(isScoped && withCatalog && { catalog: catalogFor(state, token) }),
      ...(credential && {
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
function keystoneTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '.000000Z');
}

function scopeBody(state: KeystoneState, { token: { scope } }: LiveToken) {
  switch (scope.kind) {
    case 'unscoped':
      return {};
    case 'system':
      return { system: { all: true } };
    case 'domain':
      return { domain: domainBody(state, scope.id) };
    case 'project': {
      const { id } = scope;
      const { name, domainId = '' } = state.projects.get(id) ?? {};
      return { project: { domain: domainBody(state, domainId), id, name }, is_domain: false };
    }
  }
}

function domainBody({ domains }: KeystoneState, id: string) {
  return { id, name: domains.get(id)?.name };
}
