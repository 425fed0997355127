import type { OpenStackOptions, UserReference } from '../../contract/openstack/options.ts';
import type { KeystoneSettings } from './keystone.ts';

export type KeystoneConfig = OpenStackOptions & {
  /** Whom to believe that they are Keystone and Monasca. */
  readonly tls: {
    /** Certificates in PEM, instead of those that come with Node. */
    readonly ca?: string | undefined;
    readonly insecure: boolean;
  };
};

/**
 * The login that the settings amount to; none where no login is meant or something is missing.
 * What is missing is said by `loginFaults`.
 */
export function keystoneOf(
  settings: KeystoneSettings,
  { monascaUrl, ca }: { monascaUrl?: string | undefined; ca?: string | undefined },
): KeystoneConfig | undefined {
  const login = loginOf(settings);
  if (settings.authUrl === undefined || login === undefined) return undefined;
  const { authUrl, region, insecure } = settings;
  return {
    authUrl,
    login,
    region,
    interface: settings.interface,
    monascaUrl,
    tls: { ca, insecure },
  };
}

function loginOf(settings: KeystoneSettings): OpenStackOptions['login'] | undefined {
  const user: UserReference = {
    userId: settings.userId,
    userName: settings.username,
    userDomainId: settings.userDomainId,
    userDomainName: settings.userDomainName,
  };
  switch (loginKindOf((key) => settings[key])) {
    case 'application-credential':
      return (
        settings.applicationCredentialSecret && {
          kind: 'application-credential',
          ...(settings.applicationCredentialId ? {} : user),
          id: settings.applicationCredentialId,
          name: settings.applicationCredentialName,
          secret: settings.applicationCredentialSecret,
        }
      );
    case 'password':
      return (
        settings.password && {
          kind: 'password',
          ...user,
          projectId: settings.projectId,
          projectName: settings.projectName,
          projectDomainId: settings.projectDomainId,
          projectDomainName: settings.projectDomainName,
          password: settings.password,
        }
      );
    default:
      return undefined;
  }
}

export type KeystoneKey = keyof KeystoneSettings;

/** Those that show that a login is meant. A region or a domain alone is often just lying about. */
const loginKeys = [
  'authUrl',
  'username',
  'userId',
  'password',
  'projectName',
  'projectId',
  'applicationCredentialId',
  'applicationCredentialName',
  'applicationCredentialSecret',
] as const satisfies readonly KeystoneKey[];

/** `value` gives what was written for a key, good or bad; only whether there is something counts. */
type Lookup = (key: KeystoneKey) => unknown;

export function isLoginMeant(value: Lookup): boolean {
  return loginKeys.some((key) => value(key) !== undefined);
}

function loginKindOf(value: Lookup): 'password' | 'application-credential' | 'both' | 'none' {
  const credential =
    value('applicationCredentialId') ??
    value('applicationCredentialName') ??
    value('applicationCredentialSecret');
  const authType = value('authType');
  if (authType === 'v3applicationcredential') return 'application-credential';
  if (authType !== undefined) return 'password';
  if (credential === undefined) return isLoginMeant(value) ? 'password' : 'none';
  return value('password') === undefined ? 'application-credential' : 'both';
}

export type LoginFault = { readonly key: KeystoneKey; readonly expects: string };

/** What a login lacks: the key to set, and why. Empty for a whole login, and for none at all. */
export function loginFaults(value: Lookup): LoginFault[] {
  const faults: LoginFault[] = [];
  const need = (key: KeystoneKey, expects: string, ...others: KeystoneKey[]) => {
    if ([key, ...others].every((one) => value(one) === undefined)) faults.push({ key, expects });
  };
  const needUser = () => {
    need('username', 'the user, by name or by keystone.userId', 'userId');
    if (value('username') !== undefined && value('userId') === undefined) {
      need('userDomainId', "the user's domain, for the user is given by name", 'userDomainName');
    }
  };

  const kind = loginKindOf(value);
  if (kind === 'none') return [];
  need('authUrl', "Keystone's address, for a login is given");
  if (kind === 'both') {
    const expects =
      'password or v3applicationcredential, for a password and an application credential are given';
    faults.push({ key: 'authType', expects });
  } else if (kind === 'application-credential') {
    need('applicationCredentialSecret', "the application credential's secret");
    need(
      'applicationCredentialId',
      'the application credential, by id or by keystone.applicationCredentialName',
      'applicationCredentialName',
    );
    if (value('applicationCredentialId') === undefined) needUser();
  } else {
    needUser();
    need('password', "the user's password");
    need('projectName', 'the project, by name or by keystone.projectId', 'projectId');
    if (value('projectName') !== undefined && value('projectId') === undefined) {
      need(
        'projectDomainId',
        "the project's domain, for the project is given by name",
        'projectDomainName',
      );
    }
  }
  return faults;
}
