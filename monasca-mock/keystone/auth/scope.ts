import { expecting, unauthorized } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Domain, Project, Scope, User } from '../store/records.ts';
import type { LoginRequest, ProjectReference, Reference, UserReference } from './login-request.ts';

/** The scope that a login asks for; undefined: it leaves that to us. */
export function requestedScope(
  keystone: Keystone,
  asked: LoginRequest['scope'],
): Scope | undefined {
  if (asked === undefined) return undefined;
  if (asked === 'unscoped') return { kind: 'unscoped' };
  const kinds = ['project', 'domain', 'unscoped', 'system', 'OS-TRUST:trust'];
  const named = typeof asked === 'string' ? [] : kinds.filter((kind) => kind in asked);
  if (typeof asked === 'string' || named.length !== 1) {
    throw expecting('system, project, domain, OS-TRUST:trust or unscoped', 'scope');
  }
  if (asked.project !== undefined) {
    return { kind: 'project', id: findProject(keystone, asked.project).id };
  }
  if (asked.domain !== undefined) {
    return { kind: 'domain', id: findDomain(keystone, asked.domain).id };
  }
  if (named[0] === 'system') return { kind: 'system' };
  // Trusts are not played; nobody has one.
  if (named[0] === 'OS-TRUST:trust') throw unauthorized();
  return { kind: 'unscoped' };
}

/** An unknown or disabled domain, project or user is a 401 here: a login tells no secrets. */
export function findDomain({ state }: Keystone, wanted: Reference): Domain {
  const domain =
    wanted.id === undefined
      ? state.domains.find((candidate) => candidate.name === wanted.name)
      : state.domains.get(wanted.id);
  if (domain === undefined || !domain.enabled) throw unauthorized();
  return domain;
}

export function findProject(keystone: Keystone, wanted: ProjectReference): Project {
  const { projects } = keystone.state;
  if (wanted.name !== undefined && wanted.domain === undefined)
    throw expecting('domain', 'project');
  const domain = wanted.domain && findDomain(keystone, wanted.domain);
  const project =
    wanted.name === undefined
      ? projects.get(wanted.id ?? '')
      : projects.find(({ name, domainId }) => name === wanted.name && domainId === domain?.id);
  if (project === undefined || !project.enabled) throw unauthorized();
  return project;
}

/** undefined: there is no such user, and the login will fail for it. */
export function findUser(keystone: Keystone, wanted: UserReference): User | undefined {
  const { state } = keystone;
  if (wanted.id !== undefined) return state.users.get(wanted.id);
  if (wanted.domain === undefined) throw expecting('domain', 'user');
  const domain = findDomain(keystone, wanted.domain);
  return state.users.find(({ name, domainId }) => name === wanted.name && domainId === domain.id);
}
