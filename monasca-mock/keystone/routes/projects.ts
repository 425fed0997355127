import { z } from 'zod';
import { revokeTokens } from '../auth/tokens.ts';
import { badRequest, conflict, forbidden } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Project } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { projectBody } from './bodies.ts';
import {
  callerOf,
  collectionRoutes,
  type Exchange,
  isAdmin,
  listReply,
  matchesQuery,
  named,
  noContent,
  type Reply,
  type Route,
  readMember,
  requireRight,
} from './route.ts';

const newProject = z
  .object({
    name: z.string().min(1).max(64),
    domain_id: z.string().nullish(),
    parent_id: z.string().nullish(),
    description: z.string().nullish(),
    enabled: z.boolean().optional(),
    is_domain: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    options: z.record(z.string(), z.unknown()).optional(),
  })
  .catchall(z.unknown());
const changedProject = newProject.partial();

export function projectRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/projects', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'list_projects');
  const filters = ['name', 'domain_id', 'parent_id', 'enabled', 'is_domain'];
  const bodies = keystone.state.projects
    .all()
    .map((project) => projectBody(project, exchange.origin))
    .filter((project) => matchesQuery(exchange.query, project, filters));
  return listReply(exchange, 'projects', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { state } = keystone;
  const wanted = readMember(exchange, 'project', newProject);
  requireRight(keystone, exchange, 'create_project');
  const { name, domain_id, parent_id, description, enabled, is_domain, tags, options, ...extra } =
    wanted;
  const domainId = domain_id ?? 'default';
  if (state.domains.get(domainId) === undefined) {
    throw badRequest(`Could not find domain: ${domainId}.`);
  }
  if (state.projects.find((other) => other.name === name && other.domainId === domainId)) {
    throw conflict(
      'project',
      'it is not permitted to have two projects with either the same name or same id in the ' +
        `same domain: name is ${name}`,
    );
  }
  const project = state.projects.put({
    id: newId(),
    name,
    domainId,
    description: description ?? '',
    enabled: enabled ?? true,
    parentId: parent_id ?? domainId,
    extra,
  });
  return { status: 201, json: { project: projectBody(project, exchange.origin) } };
}

/** Everybody may look at the project of the own token. */
function show(keystone: Keystone, exchange: Exchange): Reply {
  const caller = callerOf(keystone, exchange);
  const { scope } = caller.token;
  const isOwn = scope.kind === 'project' && scope.id === exchange.params['id'];
  if (!isAdmin(caller) && !isOwn) throw forbidden('identity:get_project');
  const project = projectOf(keystone, exchange);
  return { status: 200, json: { project: projectBody(project, exchange.origin) } };
}

/** Tokens of a disabled project do not come back to life with it. */
function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_project');
  const before = projectOf(keystone, exchange);
  const wanted = readMember(exchange, 'project', changedProject);
  const { name, domain_id, parent_id, description, enabled, is_domain, tags, options, ...extra } =
    wanted;
  const project = keystone.state.projects.put({
    ...before,
    name: name ?? before.name,
    description: description ?? before.description,
    enabled: enabled ?? before.enabled,
    extra: { ...before.extra, ...extra },
  });
  if (enabled === false) revokeTokensOf(keystone, project.id);
  const body = { ...projectBody(project, exchange.origin), extra: project.extra };
  return { status: 200, json: { project: body } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_project');
  removeProject(keystone, projectOf(keystone, exchange).id);
  return noContent;
}

/** What belongs to a project goes with it. */
export function removeProject(keystone: Keystone, id: string): void {
  const { state } = keystone;
  revokeTokensOf(keystone, id);
  for (const grant of state.grants.all()) {
    if (grant.scope.kind === 'project' && grant.scope.id === id) state.grants.remove(grant.id);
  }
  for (const credential of state.applicationCredentials.all()) {
    if (credential.projectId === id) state.applicationCredentials.remove(credential.id);
  }
  for (const user of state.users.all()) {
    if (user.defaultProjectId === id) state.users.put({ ...user, defaultProjectId: null });
  }
  state.projects.remove(id);
}

function revokeTokensOf(keystone: Keystone, projectId: string): void {
  revokeTokens(keystone, ({ scope }) => scope.kind === 'project' && scope.id === projectId);
}

const projectOf = ({ state }: Keystone, exchange: Exchange): Project =>
  named(state.projects, 'project', exchange);
