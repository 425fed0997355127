import type { Secret } from '../values/secret.ts';

/**
 * Keystone's address, the login and the choice of Monasca's endpoint: the settings of the `OS_*`
 * variables.
 */
export type OpenStackOptions = {
  /** Keystone's address, with or without the trailing `/v3`. */
  readonly authUrl: string;
  readonly login: PasswordLogin | ApplicationCredentialLogin;
  /** Absent: the first matching endpoint of any region. */
  readonly region?: string | undefined;
  readonly interface: EndpointInterface;
  /** Monasca's address, with or without the trailing `/v2.0`, instead of the catalog's. */
  readonly monascaUrl?: string | undefined;
};

export const endpointInterfaces = ['public', 'internal', 'admin'] as const;
export type EndpointInterface = (typeof endpointInterfaces)[number];

/**
 * A user, by id or by name within a domain. The id wins where both are given; a name without a
 * domain belongs to the domain whose id is `default`, as it does for the `openstack` command.
 */
export type UserReference = {
  readonly userId?: string | undefined;
  readonly userName?: string | undefined;
  readonly userDomainId?: string | undefined;
  readonly userDomainName?: string | undefined;
};

/** A project, by the same rules. Without any field: the user's default project. */
export type ProjectReference = {
  readonly projectId?: string | undefined;
  readonly projectName?: string | undefined;
  readonly projectDomainId?: string | undefined;
  readonly projectDomainName?: string | undefined;
};

export type PasswordLogin = UserReference &
  ProjectReference & { readonly kind: 'password'; readonly password: Secret };

/** By id, or by name together with its user. It belongs to a project. */
export type ApplicationCredentialLogin = UserReference & {
  readonly kind: 'application-credential';
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly secret: Secret;
};
