import { expecting, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Domain, Project, TokenScope, User } from '../store/records.ts';
import type { LoginRequest, ProjectInRequest, Reference, UserInRequest } from './login-request.ts';

const kinds = ['project', 'domain', 'unscoped', 'system', 'OS-TRUST:trust'];

/** The scope of a login request; undefined if it names none. */
export function requestedScope(
  keystone: Keystone,
  requested: LoginRequest['scope'],
): TokenScope | undefined {
  if (requested === undefined) return undefined;
  if (requested === 'unscoped') return { kind: 'unscoped' };
  const named = typeof requested === 'string' ? [] : kinds.filter((kind) => kind in requested);
  if (typeof requested === 'string' || named.length !== 1) {
    throw expecting('system, project, domain, OS-TRUST:trust or unscoped', 'scope');
  }
  const { project, domain } = requested;
  if (project) return { kind: 'project', id: findProject(keystone, project).id };
  if (domain) return { kind: 'domain', id: findDomain(keystone, domain).id };
  // Trusts are not implemented, so none exists.
  if (named[0] === 'OS-TRUST:trust') throw unauthorized();
  return { kind: named[0] === 'system' ? 'system' : 'unscoped' };
}

/** Throws 401 for an unknown or disabled domain: a failed login has no reasons. */
function findDomain({ state }: Keystone, { id, name }: Reference): Domain {
  const domain =
    id === undefined ? state.domains.find((other) => other.name === name) : state.domains.get(id);
  if (!domain?.enabled) throw unauthorized();
  return domain;
}

function findProject(keystone: Keystone, { id = '', name, domain }: ProjectInRequest): Project {
  const { projects } = keystone.state;
  if (name !== undefined && domain === undefined) throw expecting('domain', 'project');
  const domainId = domain && findDomain(keystone, domain).id;
  const project =
    name === undefined
      ? projects.get(id)
      : projects.find((other) => other.name === name && other.domainId === domainId);
  if (!project?.enabled) throw unauthorized();
  return project;
}

/** Undefined for an unknown user; throws 401 for an unknown or disabled domain. */
export function findUser(
  keystone: Keystone,
  { id, name, domain }: UserInRequest,
): User | undefined {
  const { users } = keystone.state;
  if (id !== undefined) return users.get(id);
  if (domain === undefined) throw expecting('domain', 'user');
  const domainId = findDomain(keystone, domain).id;
  return users.find((user) => user.name === name && user.domainId === domainId);
}
