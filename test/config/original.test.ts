import { describe, expect, it } from '@jest/globals';
import { loadGood, openrc, problemsOf } from './fixture.ts';

const original = {
  KEYSTONE_HOST: 'http://keystone.example',
  KEYSTONE_PORT: '35357',
  MONASCA_HOST: 'http://monasca.example/',
  USERNAME: 'mini-mon',
  PASSWORD: 'secret',
  PROJECT: 'service',
};
const wanted = { HEARTBEAT_PROFILE_GE_ENV: 'true' };

describe('readOriginalVariables', () => {
  it('is disabled by default', () => {
    expect(loadGood({ env: original }).config.keystone).toBeUndefined();
  });

  it.each([
    ['HEARTBEAT_PROFILE_GE_ENV', 'true'],
    ['HEARTBEAT_PROFILES_GE_ENV', 'true'],
  ])('makes a login in the default domain with %s', (variable, value) => {
    expect(loadGood({ env: { ...original, [variable]: value } }).config.keystone).toMatchObject({
      authUrl: 'http://keystone.example:35357',
      monascaUrl: 'http://monasca.example:8070',
      login: {
        kind: 'password',
        userName: 'mini-mon',
        userDomainId: 'default',
        projectName: 'service',
        projectDomainId: 'default',
      },
    });
  });

  it('can be enabled in the file', () => {
    const yaml = 'profiles: { ge: { env: true } }';
    expect(loadGood({ env: original, yaml }).config.keystone?.authUrl).toMatch('keystone.example');
  });

  it('uses the ports of the original, or the port of the host', () => {
    const env = { ...original, ...wanted, KEYSTONE_PORT: '', MONASCA_HOST: 'http://m:1234' };
    expect(loadGood({ env }).config.keystone).toMatchObject({
      authUrl: 'http://keystone.example:5000',
      monascaUrl: 'http://m:1234',
    });
  });

  it('is weaker than OS_* and stronger than the file', () => {
    const env = { ...original, ...wanted, OS_USERNAME: 'os', OS_USER_DOMAIN_NAME: 'Users' };
    const yaml = 'keystone: { username: file, projectId: p1, region: R }';
    expect(loadGood({ env, yaml }).config.keystone).toMatchObject({
      region: 'R',
      login: {
        userName: 'os',
        userDomainName: 'Users',
        userDomainId: undefined,
        projectName: 'service',
        projectId: undefined,
      },
    });
  });

  it('does not override a domain of the file', () => {
    const yaml = 'keystone: { projectDomainName: Projects }';
    expect(
      loadGood({ env: { ...original, ...wanted }, yaml }).config.keystone?.login,
    ).toMatchObject({ projectDomainName: 'Projects', projectDomainId: undefined });
  });

  it('reports a host without its scheme', () => {
    const problems = problemsOf({ env: { ...original, ...wanted, KEYSTONE_HOST: 'keystone' } });
    expect(problems).toEqual([
      {
        path: 'keystone.authUrl',
        variable: 'HEARTBEAT_KEYSTONE_AUTH_URL',
        origin: { kind: 'environment', variable: 'KEYSTONE_HOST' },
        given: '"keystone:35357"',
        expected: 'an http:// or https:// address without user and password',
      },
    ]);
  });

  it('does not change a complete login of another source', () => {
    const env = { ...openrc, ...wanted, USERNAME: 'desktop' };
    expect(loadGood({ env }).config.keystone?.login).toMatchObject({ userName: 'ge' });
  });
});
