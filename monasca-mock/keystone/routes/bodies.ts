import type {
  ApplicationCredential,
  Domain,
  Endpoint,
  Project,
  Region,
  Role,
  Service,
  User,
} from '../store/records.ts';

/*
 * The documents of the directory, as Keystone writes them. Whatever else a client stored comes
 * first, so that it never hides a member of ours.
 */

export function domainBody(domain: Domain, origin: string) {
  const { id, name, description, enabled, extra } = domain;
  const links = { self: `${origin}/v3/domains/${id}` };
  return { ...extra, id, name, description, enabled, tags: [], options: {}, links };
}

export function projectBody(project: Project, origin: string) {
  return {
    ...project.extra,
    id: project.id,
    name: project.name,
    domain_id: project.domainId,
    description: project.description,
    enabled: project.enabled,
    parent_id: project.parentId,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${origin}/v3/projects/${project.id}` },
  };
}

export function userBody(user: User, origin: string) {
  const { defaultProjectId } = user;
  return {
    ...user.extra,
    id: user.id,
    name: user.name,
    domain_id: user.domainId,
    enabled: user.enabled,
    ...(defaultProjectId === null ? {} : { default_project_id: defaultProjectId }),
    password_expires_at: null,
    options: {},
    links: { self: `${origin}/v3/users/${user.id}` },
  };
}

export function plainRoleBody({ id, name, description, immutable }: Role) {
  return { id, name, domain_id: null, description, options: immutable ? { immutable } : {} };
}

export function roleBody(role: Role, origin: string) {
  return { ...plainRoleBody(role), links: { self: `${origin}/v3/roles/${role.id}` } };
}

export function credentialBody(
  credential: ApplicationCredential,
  roles: readonly Role[],
  origin: string,
) {
  const { id, expiresAtMs } = credential;
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
    roles: roles.map(plainRoleBody),
    links: { self: `${origin}/v3/application_credentials/${id}` },
  };
}

export function serviceBody(service: Service, origin: string) {
  const { id, type, name, enabled, extra } = service;
  const links = { self: `${origin}/v3/services/${id}` };
  return { ...extra, ...(name === null ? {} : { name }), id, type, enabled, links };
}

export function endpointBody(endpoint: Endpoint, origin: string) {
  return {
    id: endpoint.id,
    interface: endpoint.interface,
    region_id: endpoint.regionId,
    service_id: endpoint.serviceId,
    url: endpoint.url,
    enabled: endpoint.enabled,
    region: endpoint.regionId,
    links: { self: `${origin}/v3/endpoints/${endpoint.id}` },
  };
}

export function regionBody({ id, description, parentRegionId }: Region, origin: string) {
  const links = { self: `${origin}/v3/regions/${id}` };
  return { id, description, parent_region_id: parentRegionId, links };
}
