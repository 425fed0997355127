import { defined } from '../../contract/defined.ts';
import type {
  ApplicationCredentialLogin,
  OpenStackOptions,
  PasswordLogin,
  ProjectReference,
  UserReference,
} from '../../contract/openstack/options.ts';

/** A user or project by its id, or by its name within a domain. */
type Reference = { id: string } | { name: string; domain: { id: string } | { name: string } };

/** Address of token requests (`POST`). `authUrl` may have no version of the API, or an old one. */
export function tokensUrl(authUrl: string): string {
  const base = authUrl.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '');
  return `${base}/v3/auth/tokens`;
}

/** Body of a token request (Identity API v3), with secrets. */
export function loginRequest(login: OpenStackOptions['login']): object {
  switch (login.kind) {
    case 'password':
      return passwordRequest(login);
    case 'application-credential':
      return applicationCredentialRequest(login);
  }
}

/** Name of the login for messages. */
export function loginName(login: OpenStackOptions['login']): string {
  const user = login.userId ?? login.userName;
  if (login.kind === 'password') {
    const project = login.projectId ?? login.projectName;
    return project === undefined ? `user ${user}` : `user ${user} of project ${project}`;
  }
  return login.id === undefined
    ? `application credential ${login.name} of user ${user}`
    : `application credential ${login.id}`;
}

function passwordRequest(login: PasswordLogin): object {
  const user = { ...userReference(login), password: login.password.reveal() };
  const project = projectReference(login);
  return {
    auth: {
      identity: { methods: ['password'], password: { user } },
      ...defined({ scope: project && { project } }),
    },
  };
}

/** No scope: the credential has a project, and Keystone rejects a scope. */
function applicationCredentialRequest(login: ApplicationCredentialLogin): object {
  const credential =
    login.id === undefined ? { name: login.name, user: userReference(login) } : { id: login.id };
  return {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { ...credential, secret: login.secret.reveal() },
      },
    },
  };
}

function userReference(user: UserReference): Reference | undefined {
  return reference(user.userId, user.userName, user.userDomainId, user.userDomainName);
}

function projectReference(project: ProjectReference): Reference | undefined {
  const { projectId, projectName, projectDomainId, projectDomainName } = project;
  return reference(projectId, projectName, projectDomainId, projectDomainName);
}

function reference(
  id: string | undefined,
  name: string | undefined,
  domainId: string | undefined,
  domainName: string | undefined,
): Reference | undefined {
  if (id !== undefined) return { id };
  if (name === undefined) return undefined;
  if (domainId === undefined && domainName !== undefined) {
    return { name, domain: { name: domainName } };
  }
  return { name, domain: { id: domainId ?? 'default' } };
}
