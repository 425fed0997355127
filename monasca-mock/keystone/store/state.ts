import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Collection } from './collection.ts';
import { openCollection } from './collection.ts';
import * as records from './records.ts';

export type State = {
  domains: Collection<records.Domain>;
  projects: Collection<records.Project>;
  users: Collection<records.User>;
  roles: Collection<records.Role>;
  grants: Collection<records.Grant>;
  applicationCredentials: Collection<records.ApplicationCredential>;
  services: Collection<records.Service>;
  endpoints: Collection<records.Endpoint>;
  regions: Collection<records.Region>;
  tokens: Collection<records.Token>;
  /** Grows with every change; what was derived at the same version still holds. */
  version(): number;
};

export function openState(database: DatabaseSync): State {
  let version = 0;
  const changed = () => {
    version += 1;
  };
  return {
    domains: openCollection(database, 'domain', records.domainRecord, changed),
    projects: openCollection(database, 'project', records.projectRecord, changed),
    users: openCollection(database, 'user', records.userRecord, changed),
    roles: openCollection(database, 'role', records.roleRecord, changed),
    grants: openCollection(database, 'grant', records.grantRecord, changed),
    applicationCredentials: openCollection(
      database,
      'application credential',
      records.applicationCredentialRecord,
      changed,
    ),
    services: openCollection(database, 'service', records.serviceRecord, changed),
    endpoints: openCollection(database, 'endpoint', records.endpointRecord, changed),
    regions: openCollection(database, 'region', records.regionRecord, changed),
    tokens: openCollection(database, 'token', records.tokenRecord, changed),
    version: () => version,
  };
}

/** As Keystone makes them: 32 hexadecimal digits. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/** 183 characters that look like a Fernet token. */
export function newTokenId(): string {
  return `gAAAAABq${randomBytes(131).toString('base64url')}`;
}

/** Unsalted and fast on purpose: the secrets of a mock are no secrets, and logins are load. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
