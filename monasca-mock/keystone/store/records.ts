import { z } from 'zod';

/*
 * The stored records. Their members are in camel case; the routes translate. `extra` holds other
 * attributes that a client stored, which Keystone returns unchanged.
 */

const text = z.string();
const optionalText = z.string().nullable();
const named = { id: text, name: text };
const extensible = { enabled: z.boolean(), extra: z.record(text, z.unknown()) };

export const domainRecord = z.object({ ...named, ...extensible, description: text });

export const projectRecord = z.object({
  ...named,
  ...extensible,
  domainId: text,
  description: text,
  parentId: text,
});

export const userRecord = z.object({
  ...named,
  ...extensible,
  domainId: text,
  defaultProjectId: optionalText,
  passwordHash: optionalText,
});

export const roleRecord = z.object({
  ...named,
  description: optionalText,
  immutable: z.boolean(),
  /** Ids of the roles that this role includes. */
  implies: z.array(text),
});

const scopeRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unscoped') }),
  z.object({ kind: z.literal('project'), id: text }),
  z.object({ kind: z.literal('domain'), id: text }),
  z.object({ kind: z.literal('system') }),
]);

/** The role of a user in a scope. */
export const grantRecord = z.object({ id: text, userId: text, roleId: text, scope: scopeRecord });

export const applicationCredentialRecord = z.object({
  ...named,
  description: optionalText,
  userId: text,
  projectId: optionalText,
  roleIds: z.array(text),
  expiresAtMs: z.number().nullable(),
  unrestricted: z.boolean().nullable(),
  secretHash: text,
});

export const serviceRecord = z.object({ id: text, ...extensible, type: text, name: optionalText });

export const endpointRecord = z.object({
  id: text,
  serviceId: text,
  interface: z.enum(['public', 'internal', 'admin']),
  regionId: optionalText,
  url: text,
  enabled: z.boolean(),
  /** The service of the mock whose address replaces `url` at every start. */
  follows: z.enum(['keystone', 'monasca']).nullable(),
});

export const regionRecord = z.object({ id: text, description: text, parentRegionId: optionalText });

export const tokenRecord = z.object({
  id: text,
  userId: text,
  methods: z.array(text),
  scope: scopeRecord,
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
  auditIds: z.array(text),
  applicationCredentialId: optionalText,
  revoked: z.boolean(),
});

export type Domain = z.infer<typeof domainRecord>;
export type Project = z.infer<typeof projectRecord>;
export type User = z.infer<typeof userRecord>;
export type Role = z.infer<typeof roleRecord>;
export type TokenScope = z.infer<typeof scopeRecord>;
export type RoleGrant = z.infer<typeof grantRecord>;
export type ApplicationCredential = z.infer<typeof applicationCredentialRecord>;
export type Endpoint = z.infer<typeof endpointRecord>;
export type Token = z.infer<typeof tokenRecord>;
