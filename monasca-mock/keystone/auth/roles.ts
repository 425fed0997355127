import type { Grant, Role, Scope } from '../store/records.ts';
import type { State } from '../store/state.ts';

/** The roles that a user has in a scope, those that come with others included. */
export function effectiveRoles(state: State, userId: string, scope: Scope): Role[] {
  const granted = grantsOf(state, userId, scope).map((grant) => grant.roleId);
  return withImplied(state, granted);
}

export function grantsOf(state: State, userId: string, scope: Scope): Grant[] {
  return state.grants
    .all()
    .filter((grant) => grant.userId === userId && isScope(grant.scope, scope));
}

/** Roles by id and all that they imply; ids of deleted roles are left out. */
export function withImplied(state: State, roleIds: readonly string[]): Role[] {
  const found = new Map<string, Role>();
  const visit = (id: string) => {
    const role = state.roles.get(id);
    if (role === undefined || found.has(id)) return;
    found.set(id, role);
    for (const implied of role.implies) visit(implied);
  };
  for (const id of roleIds) visit(id);
  return [...found.values()];
}

/** The id of a grant says all that it is, so that granting twice changes nothing. */
export function grantId(userId: string, roleId: string, scope: Scope): string {
  return [scope.kind, scopeId(scope), userId, roleId].join('/');
}

export function scopeId(scope: Scope): string {
  return 'id' in scope ? scope.id : '';
}

export function isScope(one: Scope, other: Scope): boolean {
  return one.kind === other.kind && scopeId(one) === scopeId(other);
}
