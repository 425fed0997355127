import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';
import { openCollection } from './collection.ts';
import * as records from './records.ts';

export type KeystoneState = ReturnType<typeof openState>;

export function openState(database: DatabaseSync) {
  let version = 0;
  const open = <T extends { id: string }>(kind: string, schema: z.ZodType<T>) =>
    openCollection(database, kind, schema, () => {
      version += 1;
    });
  return {
    domains: open('domain', records.domainRecord),
    projects: open('project', records.projectRecord),
    users: open('user', records.userRecord),
    roles: open('role', records.roleRecord),
    grants: open('grant', records.grantRecord),
    applicationCredentials: open('application credential', records.applicationCredentialRecord),
    services: open('service', records.serviceRecord),
    endpoints: open('endpoint', records.endpointRecord),
    regions: open('region', records.regionRecord),
    tokens: open('token', records.tokenRecord),
    /** Increases with every change; what was derived at the same version is still valid. */
    version: () => version,
  };
}

/** 32 hexadecimal digits, as in Keystone. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/** 183 characters in the form of a Fernet token. */
export function newTokenId(): string {
  return `gAAAAABq${randomBytes(131).toString('base64url')}`;
}

/** Unsalted and fast on purpose: a mock has no real secrets, and logins are part of load tests. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
