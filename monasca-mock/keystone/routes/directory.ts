import { z } from 'zod';
import { isScope } from '../auth/roles.ts';
import { revokeTokens } from '../auth/tokens.ts';
import { badRequest, conflict, forbidden, refused } from '../errors.ts';
import type { TokenScope } from '../store/records.ts';
import { hashSecret } from '../store/state.ts';
import { attributes, Resource } from './resource.ts';
import { existing, type Routes } from './route.ts';

/* Users, projects, domains and roles, and what depends on them. */

const text = z.string().nullish();
const flag = z.boolean().optional();
const tags = z.array(z.string()).optional();
const options = z.record(z.string(), z.unknown()).optional();
const nameUpTo = (characters: number) => z.string().min(1).max(characters);

export const roles = new Resource({
  singular: 'role',
  records: (state) => state.roles,
  attributes: attributes({
    name: nameUpTo(255),
    description: z.string().optional(),
    domain_id: text,
    options: z.object({ immutable: z.boolean().nullish() }).optional(),
  }),
  defaults: { description: null, implies: [] },
  filters: ['name'],
  derived: ({ immutable }) => ({ domain_id: null, options: immutable ? { immutable } : {} }),
  prepare(state, { name, options }, before) {
    const immutable = options?.immutable ?? before?.immutable ?? false;
    if (before?.immutable && immutable) throw forbidden('identity:update_role');
    if (name !== before?.name && state.roles.find((role) => role.name === name)) {
      throw conflict('role', `Duplicate entry found with name ${name}`);
    }
    return { immutable };
  },
  beforeDelete({ state }, { id, immutable }) {
    if (immutable) throw forbidden('identity:delete_role');
    state.grants.removeWhere(({ roleId }) => roleId === id);
    state.applicationCredentials.removeWhere(({ roleIds }) => roleIds.includes(id));
  },
});

export const users = new Resource({
  singular: 'user',
  records: (state) => state.users,
  attributes: attributes({
    name: nameUpTo(255),
    password: text,
    enabled: flag,
    default_project_id: text,
    domain_id: z.string().optional(),
    options,
  }),
  defaults: { domainId: 'default', enabled: true, defaultProjectId: null, passwordHash: null },
  fixed: ['domain_id'],
  clearable: ['default_project_id'],
  filters: ['name', 'domain_id', 'enabled'],
  derived: ({ defaultProjectId }) => ({
    default_project_id: defaultProjectId ?? undefined,
    password_expires_at: null,
    options: {},
  }),
  repeatsExtra: true,
  mayRead: (caller, id) => caller.user.id === id,
  prepare(state, { name, password, domain_id: domainId = 'default' }, before) {
    if (before === undefined) existing(state.domains, 'domain', domainId);
    const namesake = state.users.find((user) => user.name === name && user.domainId === domainId);
    if (before === undefined && namesake) {
      const detail = `Duplicate entry found with name ${name} at domain ID ${domainId}`;
      throw conflict('user', detail);
    }
    return password == null ? undefined : { passwordHash: hashSecret(password) };
  },
  ownsToken: ({ userId }, id) => userId === id,
  beforeDelete({ state }, { id }) {
    state.grants.removeWhere(({ userId }) => userId === id);
    state.applicationCredentials.removeWhere(({ userId }) => userId === id);
  },
});

export const projects = new Resource({
  singular: 'project',
  records: (state) => state.projects,
  attributes: attributes({
    name: nameUpTo(64),
    domain_id: text,
    parent_id: text,
    description: text,
    enabled: flag,
    is_domain: flag,
    tags,
    options,
  }),
  defaults: { description: '', enabled: true },
  fixed: ['domain_id', 'parent_id'],
  filters: ['name', 'domain_id', 'parent_id', 'enabled', 'is_domain'],
  derived: () => ({ is_domain: false, tags: [], options: {} }),
  repeatsExtra: true,
  mayRead: ({ token }, id = '') => isScope(token.scope, { kind: 'project', id }),
  prepare(state, { name, domain_id, parent_id }, before) {
    if (before) return undefined;
    const domainId = domain_id ?? 'default';
    if (!state.domains.get(domainId)) throw badRequest(`Could not find domain: ${domainId}.`);
    if (state.projects.find((other) => other.name === name && other.domainId === domainId)) {
      throw conflict(
        'project',
        'it is not permitted to have two projects with either the same name or same id in the ' +
          `same domain: name is ${name}`,
      );
    }
    return { domainId, parentId: parent_id ?? domainId };
  },
  ownsToken: ({ scope }, id) => isScope(scope, { kind: 'project', id }),
  beforeDelete(keystone, { id }) {
    const { grants, applicationCredentials, users } = keystone.state;
    const isHere = ({ scope }: { scope: TokenScope }) => isScope(scope, { kind: 'project', id });
    revokeTokens(keystone, isHere);
    grants.removeWhere(isHere);
    applicationCredentials.removeWhere(({ projectId }) => projectId === id);
    for (const user of users.filter(({ defaultProjectId }) => defaultProjectId === id)) {
      users.put({ ...user, defaultProjectId: null });
    }
  },
});

export const domains = new Resource({
  singular: 'domain',
  records: (state) => state.domains,
  attributes: attributes({
    name: nameUpTo(64),
    description: text,
    enabled: flag,
    tags,
    options,
  }),
  defaults: { description: '', enabled: true },
  filters: ['name', 'enabled'],
  derived: () => ({ tags: [], options: {} }),
  mayRead: ({ user }, id) => user.domainId === id,
  prepare(state, { name }, before) {
    if (before || !state.domains.find((other) => other.name === name)) return undefined;
    const detail = `it is not permitted to have two projects acting as domains with the same name: ${name}`;
    throw conflict('project', detail);
  },
  ownsToken: ({ userId }, id, state) => state.users.get(userId)?.domainId === id,
  beforeDelete(keystone, { id, enabled }) {
    if (enabled) throw refused('Cannot delete a domain that is enabled, please disable it first.');
    const { state } = keystone;
    const isInside = ({ domainId }: { domainId: string }) => domainId === id;
    for (const user of state.users.filter(isInside)) users.delete(keystone, user);
    for (const project of state.projects.filter(isInside)) projects.delete(keystone, project);
    state.grants.removeWhere(({ scope }) => isScope(scope, { kind: 'domain', id }));
  },
});

export const directoryRoutes: Routes = {
  ...users.routes(),
  ...projects.routes(),
  ...domains.routes(),
  ...roles.routes(),
};
