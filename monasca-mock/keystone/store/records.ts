import { z } from 'zod';

/*
 * What Keystone remembers. Members are named as in our own code, not as on the wire; the routes
 * translate. `extra` holds whatever else a client stored, which Keystone gives back unasked.
 */

const extra = z.record(z.string(), z.unknown());

export const domainRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  extra,
});

export const projectRecord = z.object({
  id: z.string(),
  name: z.string(),
  domainId: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  parentId: z.string(),
  extra,
});

export const userRecord = z.object({
  id: z.string(),
  name: z.string(),
  domainId: z.string(),
  enabled: z.boolean(),
  defaultProjectId: z.string().nullable(),
  passwordHash: z.string().nullable(),
  extra,
});

export const roleRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  immutable: z.boolean(),
  /** Ids of the roles that come with this one. */
  implies: z.array(z.string()),
});

export const scopeRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unscoped') }),
  z.object({ kind: z.literal('project'), id: z.string() }),
  z.object({ kind: z.literal('domain'), id: z.string() }),
  z.object({ kind: z.literal('system') }),
]);

/** A role that a user has somewhere. */
export const grantRecord = z.object({
  id: z.string(),
  userId: z.string(),
  roleId: z.string(),
  scope: scopeRecord,
});

export const applicationCredentialRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  userId: z.string(),
  projectId: z.string().nullable(),
  roleIds: z.array(z.string()),
  expiresAtMs: z.number().nullable(),
  unrestricted: z.boolean().nullable(),
  secretHash: z.string(),
});

export const serviceRecord = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string().nullable(),
  enabled: z.boolean(),
  extra,
});

export const endpointRecord = z.object({
  id: z.string(),
  serviceId: z.string(),
  interface: z.enum(['public', 'internal', 'admin']),
  regionId: z.string().nullable(),
  url: z.string(),
  enabled: z.boolean(),
  /** Seeded endpoints follow the real ports of the mock when it starts anew. */
  follows: z.enum(['keystone', 'monasca']).nullable(),
});

export const regionRecord = z.object({
  id: z.string(),
  description: z.string(),
  parentRegionId: z.string().nullable(),
});

export const tokenRecord = z.object({
  id: z.string(),
  userId: z.string(),
  methods: z.array(z.string()),
  scope: scopeRecord,
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
  auditIds: z.array(z.string()),
  applicationCredentialId: z.string().nullable(),
  revoked: z.boolean(),
});

export type Domain = z.infer<typeof domainRecord>;
export type Project = z.infer<typeof projectRecord>;
export type User = z.infer<typeof userRecord>;
export type Role = z.infer<typeof roleRecord>;
export type Scope = z.infer<typeof scopeRecord>;
export type Grant = z.infer<typeof grantRecord>;
export type ApplicationCredential = z.infer<typeof applicationCredentialRecord>;
export type Service = z.infer<typeof serviceRecord>;
export type Endpoint = z.infer<typeof endpointRecord>;
export type Region = z.infer<typeof regionRecord>;
export type Token = z.infer<typeof tokenRecord>;
