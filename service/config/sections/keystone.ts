import { z } from 'zod';
import { type EndpointInterface, endpointInterfaces } from '../../contract/openstack/options.ts';
import { httpAddress, secretText } from './kinds.ts';

const text = () => z.string().min(1);

/**
 * Keystone's settings side by side, as the `OS_*` variables have them. All are optional: with none
 * of those that make a login the service runs without Monasca.
 */
export const keystoneSection = z
  .strictObject({
    authUrl: httpAddress()
      .optional()
      .meta({ description: "Keystone's address, with or without /v3.", also: ['OS_AUTH_URL'] }),
    authType: z
      .enum(['password', 'v3password', 'v3applicationcredential'])
      .optional()
      .meta({
        description: 'Kind of login; needed only where both kinds are given.',
        also: ['OS_AUTH_TYPE'],
      }),
    username: text()
      .optional()
      .meta({ description: "The user's name.", also: ['OS_USERNAME'] }),
    userId: text()
      .optional()
      .meta({ description: "The user's id, instead of name and domain.", also: ['OS_USER_ID'] }),
    password: secretText()
      .optional()
      .meta({ description: "The user's password.", secret: true, also: ['OS_PASSWORD'] }),
    userDomainId: text()
      .optional()
      .meta({ description: "Id of the user's domain.", also: ['OS_USER_DOMAIN_ID'] }),
    userDomainName: text()
      .optional()
      .meta({ description: "Name of the user's domain.", also: ['OS_USER_DOMAIN_NAME'] }),
    projectName: text()
      .optional()
      .meta({
        description: "The project's name.",
        also: ['OS_PROJECT_NAME', 'OS_TENANT_NAME'],
      }),
    projectId: text()
      .optional()
      .meta({
        description: "The project's id, instead of name and domain.",
        also: ['OS_PROJECT_ID', 'OS_TENANT_ID'],
      }),
    projectDomainId: text()
      .optional()
      .meta({ description: "Id of the project's domain.", also: ['OS_PROJECT_DOMAIN_ID'] }),
    projectDomainName: text()
      .optional()
      .meta({ description: "Name of the project's domain.", also: ['OS_PROJECT_DOMAIN_NAME'] }),
    applicationCredentialId: text()
      .optional()
      .meta({
        description: 'Id of an application credential, instead of user, password and project.',
        also: ['OS_APPLICATION_CREDENTIAL_ID'],
      }),
    applicationCredentialName: text()
      .optional()
      .meta({
        description: 'Name of an application credential; it needs its user too.',
        also: ['OS_APPLICATION_CREDENTIAL_NAME'],
      }),
    applicationCredentialSecret: secretText()
      .optional()
      .meta({
        description: "The application credential's secret.",
        secret: true,
        also: ['OS_APPLICATION_CREDENTIAL_SECRET'],
      }),
    region: text()
      .optional()
      .meta({ description: "Region of Monasca's endpoint.", also: ['OS_REGION_NAME'] }),
    interface: z
      .enum([...endpointInterfaces, 'publicURL', 'internalURL', 'adminURL'])
      .prefault('public')
      .transform(withoutUrl)
      .meta({
        description: "Interface of Monasca's endpoint.",
        also: ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'],
      }),
    caFile: text()
      .optional()
      .meta({
        description: 'File with the certificates (PEM) to trust for Keystone and Monasca.',
        also: ['OS_CACERT'],
      }),
    insecure: z
      .boolean()
      .default(false)
      .meta({
        description: 'Trust any certificate of Keystone and Monasca. For trying out only.',
        also: ['OS_INSECURE'],
      }),
  })
  .prefault({})
  .describe('The login to OpenStack; the usual OS_* variables do as well.');

export type KeystoneSettings = z.output<typeof keystoneSection>;

function withoutUrl(name: EndpointInterface | `${EndpointInterface}URL`): EndpointInterface {
  switch (name) {
    case 'public':
    case 'publicURL':
      return 'public';
    case 'internal':
    case 'internalURL':
      return 'internal';
    case 'admin':
    case 'adminURL':
      return 'admin';
  }
}
