import type { Role, RoleGrant, TokenScope } from '../store/records.ts';
import type { KeystoneState } from '../store/state.ts';

/** The roles of a user in a scope, with the roles that they imply. */
export function effectiveRoles(state: KeystoneState, userId: string, scope: TokenScope): Role[] {
  return withImplied(
    state,
    grantsOf(state, userId, scope).map(({ roleId }) => roleId),
  );
}

export function grantsOf(state: KeystoneState, userId: string, scope: TokenScope): RoleGrant[] {
  return state.grants.filter((grant) => grant.userId === userId && isScope(grant.scope, scope));
}

/** Roles by id with all that they imply, without the ids of deleted roles. */
export function withImplied(state: KeystoneState, roleIds: readonly string[]): Role[] {
  const found = new Map<string, Role>();
  const visit = (id: string) => {
    const role = state.roles.get(id);
    if (role === undefined || found.has(id)) return;
    found.set(id, role);
    role.implies.forEach(visit);
  };
  roleIds.forEach(visit);
  return [...found.values()];
}

/** The id of a grant contains the whole grant, so that a second grant changes nothing. */
export function grantId(userId: string, roleId: string, scope: TokenScope): string {
  return [scope.kind, scopeId(scope), userId, roleId].join('/');
}

/** The id of the project or domain; empty for other scopes. */
export function scopeId(scope: TokenScope): string {
  return 'id' in scope ? scope.id : '';
}

export function isScope(one: TokenScope, other: TokenScope): boolean {
  return one.kind === other.kind && scopeId(one) === scopeId(other);
}
