import { readFileSync } from 'node:fs';
import type { OpenStackOptions } from '../../contract/openstack/options.ts';
import type { KeystoneSettings } from './keystone.ts';

export type KeystoneConfig = OpenStackOptions & {
  /** How to verify the certificates of Keystone and Monasca. */
  readonly tls: {
    /** Certificates in PEM to trust instead of those of Node. */
    readonly ca?: string | undefined;
    readonly insecure: boolean;
  };
};

/** Undefined without a login, and for an incomplete one, whose faults `loginFaults` returns. */
export function createKeystoneConfig(
  settings: KeystoneSettings,
  monascaUrl: string | undefined,
): KeystoneConfig | undefined {
  const login = createLogin(settings);
  const { authUrl, region, insecure, caFile } = settings;
  if (authUrl === undefined || login === undefined) return undefined;
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const tls = { ca, insecure };
  return { authUrl, login, region, interface: settings.interface, monascaUrl, tls };
}

function createLogin(settings: KeystoneSettings): OpenStackOptions['login'] | undefined {
  const { userId, username: userName, userDomainId, userDomainName } = settings;
  const user = { userId, userName, userDomainId, userDomainName };
  switch (loginKindOf((key) => settings[key])) {
    case 'application-credential': {
      const { applicationCredentialId: id, applicationCredentialName: name } = settings;
      const secret = settings.applicationCredentialSecret;
      return secret && { kind: 'application-credential', ...(id ? {} : user), id, name, secret };
    }
    case 'password': {
      const { projectId, projectName, projectDomainId, projectDomainName, password } = settings;
      const project = { projectId, projectName, projectDomainId, projectDomainName };
      return password && { kind: 'password', ...user, ...project, password };
    }
    default:
      return undefined;
  }
}

type KeystoneKey = keyof KeystoneSettings;

/** Settings that show that a login is intended. A region or a domain alone is often left over. */
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

/** The given value of a setting, valid or not; only its presence matters. */
type Lookup = (key: KeystoneKey) => unknown;

export function isLoginIntended(value: Lookup): boolean {
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
  if (credential === undefined) return isLoginIntended(value) ? 'password' : 'none';
  return value('password') === undefined ? 'application-credential' : 'both';
}

type LoginFault = { readonly key: KeystoneKey; readonly expects: string };

/** Settings that a login lacks, and why. Empty for a complete login, and without a login. */
export function loginFaults(value: Lookup): LoginFault[] {
  const faults: LoginFault[] = [];
  const need = (key: KeystoneKey, expects: string, ...others: KeystoneKey[]) => {
    if ([key, ...others].every((one) => value(one) === undefined)) faults.push({ key, expects });
  };
  /** By id, or by name and domain. */
  const needReference = (to: 'user' | 'project', name: 'username' | 'projectName') => {
    need(name, `the ${to}, by name or by keystone.${to}Id`, `${to}Id`);
    if (value(name) !== undefined && value(`${to}Id`) === undefined) {
      const expects = `the ${to}'s domain, because the ${to} is given by name`;
      need(`${to}DomainId`, expects, `${to}DomainName`);
    }
  };

  const kind = loginKindOf(value);
  if (kind === 'none') return [];
  need('authUrl', "Keystone's address, because a login is given");
  if (kind === 'both') {
    const expects =
      'password or v3applicationcredential, because a password and an application credential are given';
    faults.push({ key: 'authType', expects });
  } else if (kind === 'application-credential') {
    need('applicationCredentialSecret', "the application credential's secret");
    need(
      'applicationCredentialId',
      'the application credential, by id or by keystone.applicationCredentialName',
      'applicationCredentialName',
    );
    if (value('applicationCredentialId') === undefined) needReference('user', 'username');
  } else {
    needReference('user', 'username');
    need('password', "the user's password");
    needReference('project', 'projectName');
  }
  return faults;
}
