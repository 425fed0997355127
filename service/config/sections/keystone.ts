import { z } from 'zod';
import { type EndpointInterface, endpointInterfaces } from '../../contract/openstack/options.ts';
import { certificateFile, httpAddress, secretText, withoutEnds } from './kinds.ts';

/** A description, and the `OS_*` variables that set the value too. */
const described = (description: string, ...also: readonly string[]) => ({ description, also });

const text = (description: string, ...also: readonly string[]) =>
  withoutEnds(z.string().min(1)).optional().meta({ description, also });

const secret = (description: string, ...also: readonly string[]) =>
  secretText().optional().meta({ description, secret: true, also });

/**
 * Settings of Keystone in a flat list, like the `OS_*` variables. All are optional: without a login
 * the service runs without Monasca.
 */
export const keystoneSection = z
  .strictObject({
    authUrl: httpAddress()
      .optional()
      .meta(described('Address of Keystone, with or without /v3.', 'OS_AUTH_URL')),
    authType: z
      .enum(['password', 'v3password', 'v3applicationcredential'])
      .optional()
      .meta(described('Kind of login; needed only if both kinds are given.', 'OS_AUTH_TYPE')),
    username: text('Name of the user.', 'OS_USERNAME'),
    userId: text('Id of the user, instead of name and domain.', 'OS_USER_ID'),
    password: secret('Password of the user.', 'OS_PASSWORD'),
    userDomainId: text("Id of the user's domain.", 'OS_USER_DOMAIN_ID'),
    userDomainName: text("Name of the user's domain.", 'OS_USER_DOMAIN_NAME'),
    projectName: text('Name of the project.', 'OS_PROJECT_NAME', 'OS_TENANT_NAME'),
    projectId: text(
      'Id of the project, instead of name and domain.',
      ...['OS_PROJECT_ID', 'OS_TENANT_ID'],
    ),
    projectDomainId: text("Id of the project's domain.", 'OS_PROJECT_DOMAIN_ID'),
    projectDomainName: text("Name of the project's domain.", 'OS_PROJECT_DOMAIN_NAME'),
    applicationCredentialId: text(
      'Id of an application credential, instead of user, password and project.',
      'OS_APPLICATION_CREDENTIAL_ID',
    ),
    applicationCredentialName: text(
      'Name of an application credential; requires its user too.',
      'OS_APPLICATION_CREDENTIAL_NAME',
    ),
    applicationCredentialSecret: secret(
      'Secret of the application credential.',
      'OS_APPLICATION_CREDENTIAL_SECRET',
    ),
    region: text("Region of Monasca's endpoint.", 'OS_REGION_NAME'),
    interface: z
      .enum([...endpointInterfaces, 'publicURL', 'internalURL', 'adminURL'])
      .prefault('public')
      .transform(withoutUrl)
      .meta(described("Interface of Monasca's endpoint.", 'OS_INTERFACE', 'OS_ENDPOINT_TYPE')),
    caFile: certificateFile()
      .optional()
      .meta(
        described(
          'File with the certificates (PEM) to trust for Keystone and Monasca.',
          'OS_CACERT',
        ),
      ),
    insecure: z
      .boolean()
      .default(false)
      .meta(
        described('Trust any certificate of Keystone and Monasca. For tests only.', 'OS_INSECURE'),
      ),
  })
  .prefault({})
  .describe('Login to OpenStack; the usual OS_* variables work too.');

export type KeystoneSettings = z.output<typeof keystoneSection>;

function withoutUrl(name: EndpointInterface | `${EndpointInterface}URL`): EndpointInterface {
  return endpointInterfaces.find((known) => name.startsWith(known)) ?? 'public';
}
