import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../service/contract/values/secret.ts';
import { fileWith, loadGood, openrc, problemsOf } from './fixture.ts';

const keystoneOf = (env: Record<string, string>) => loadGood({ env }).config.keystone;
const credential = {
  OS_AUTH_URL: 'https://keystone.example/identity',
  OS_APPLICATION_CREDENTIAL_ID: 'c1',
  OS_APPLICATION_CREDENTIAL_SECRET: 's1',
};
/** `openrc` without some of its variables. */
const without = (...names: (keyof typeof openrc)[]) =>
  Object.fromEntries(Object.entries(openrc).filter(([name]) => !names.some((n) => n === name)));
const lacking = (env: Record<string, string>, yaml?: string) =>
  problemsOf(yaml === undefined ? { env } : { env, yaml }).map(({ path }) => path);

describe('the OS_* variables', () => {
  it('make a password login', () => {
    expect(keystoneOf({ ...openrc, OS_REGION_NAME: 'RegionOne' })).toEqual({
      authUrl: 'http://keystone.example:5000/v3',
      login: {
        kind: 'password',
        userName: 'ge',
        userDomainName: 'Default',
        password: new Secret('ge-secret'),
        projectName: 'service',
        projectDomainId: 'default',
      },
      region: 'RegionOne',
      interface: 'public',
      tls: { insecure: false },
    });
  });

  it('make a login by ids', () => {
    const env = {
      OS_AUTH_URL: openrc.OS_AUTH_URL,
      OS_USER_ID: 'u1',
      OS_PASSWORD: 'p',
      OS_PROJECT_ID: 'p1',
    };
    expect(keystoneOf(env)?.login).toMatchObject({ userId: 'u1', projectId: 'p1' });
  });

  it('accept the old name of a project', () => {
    const env = { ...without('OS_PROJECT_NAME'), OS_TENANT_NAME: 'old' };
    expect(keystoneOf(env)?.login).toMatchObject({ projectName: 'old' });
    expect(keystoneOf({ ...env, OS_PROJECT_NAME: 'new' })?.login).toMatchObject({
      projectName: 'new',
    });
  });

  it('make a login by application credential, by id and by name', () => {
    expect(keystoneOf(credential)?.login).toMatchObject({
      kind: 'application-credential',
      id: 'c1',
    });
    const byName = {
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_AUTH_URL: credential.OS_AUTH_URL,
      OS_APPLICATION_CREDENTIAL_NAME: 'beats',
      OS_APPLICATION_CREDENTIAL_SECRET: 's1',
      OS_USERNAME: 'ge',
      OS_USER_DOMAIN_ID: 'default',
    };
    expect(keystoneOf(byName)?.login).toMatchObject({
      kind: 'application-credential',
      name: 'beats',
      userName: 'ge',
      userDomainId: 'default',
    });
  });

  it.each([
    ['OS_INTERFACE', 'internal', 'internal'],
    ['OS_INTERFACE', 'publicURL', 'public'],
    ['OS_ENDPOINT_TYPE', 'adminURL', 'admin'],
  ])('accept %s=%s', (variable, given, resolved) => {
    expect(keystoneOf({ ...openrc, [variable]: given })?.interface).toBe(resolved);
  });

  it('set certificates', () => {
    const ca = `# a comment\n${readFileSync('test/fixtures/tls/certificate.pem', 'utf8')}`;
    const tls = keystoneOf({ ...openrc, OS_CACERT: fileWith(ca, 'pem'), OS_INSECURE: 'True' })?.tls;
    expect(tls).toEqual({ ca, insecure: true });
    const others = ['/nowhere/ca.pem', '/', fileWith('', 'pem'), fileWith('no PEM', 'pem')];
    for (const OS_CACERT of others) {
      expect(lacking({ ...openrc, OS_CACERT })).toEqual(['keystone.caFile']);
    }
  });
});

describe('loginFaults', () => {
  it('finds none if no login is intended', () => {
    expect(keystoneOf({})).toBeUndefined();
    expect(keystoneOf({ OS_REGION_NAME: 'RegionOne', OS_USER_DOMAIN_ID: 'default' })).toBe(
      undefined,
    );
  });

  it.each([
    ['OS_AUTH_URL', 'keystone.authUrl'],
    ['OS_USERNAME', 'keystone.username'],
    ['OS_PASSWORD', 'keystone.password'],
    ['OS_PROJECT_NAME', 'keystone.projectName'],
    ['OS_USER_DOMAIN_NAME', 'keystone.userDomainId'],
    ['OS_PROJECT_DOMAIN_ID', 'keystone.projectDomainId'],
  ] as const)('finds that %s is missing', (variable, path) => {
    expect(lacking(without(variable))).toEqual([path]);
  });

  it('names the variables of the setting', () => {
    expect(problemsOf({ env: without('OS_USER_DOMAIN_NAME') })[0]?.variable).toBe(
      'HEARTBEAT_KEYSTONE_USER_DOMAIN_ID or OS_USER_DOMAIN_ID',
    );
  });

  it('finds an application credential without its secret, or its user', () => {
    expect(lacking({ ...credential, OS_APPLICATION_CREDENTIAL_SECRET: '' })).toEqual([
      'keystone.applicationCredentialSecret',
    ]);
    const named = { OS_APPLICATION_CREDENTIAL_ID: '', OS_APPLICATION_CREDENTIAL_NAME: 'beats' };
    expect(lacking({ ...credential, ...named })).toEqual(['keystone.username']);
  });

  it('requires authType if two logins are given', () => {
    const both = { ...openrc, ...credential };
    expect(lacking(both)).toEqual(['keystone.authType']);
    expect(keystoneOf({ ...both, OS_AUTH_TYPE: 'v3password' })?.login.kind).toBe('password');
    expect(lacking({ ...openrc, OS_AUTH_TYPE: 'v3token' })).toEqual(['keystone.authType']);
  });

  it('finds a Monasca without a Keystone', () => {
    expect(lacking({ HEARTBEAT_MONASCA_URL: 'http://monasca:8070' })).toEqual(['keystone.authUrl']);
  });

  it('accepts a login that is partly in the file and partly in the environment', () => {
    const yaml = 'keystone: { authUrl: http://k:5000, username: u, userDomainId: d, projectId: p }';
    expect(lacking({}, yaml)).toEqual(['keystone.password']);
    expect(lacking({ OS_PASSWORD: 'p' }, yaml)).toEqual([]);
  });
});
