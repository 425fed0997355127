import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import {
  loginName,
  loginRequest,
  tokensUrl,
} from '../../../service/monasca/keystone/login-request.ts';

const password = new Secret('pw');
const secret = new Secret('s3cret');

describe('tokensUrl', () => {
  it.each([
    ['http://keystone:5000', 'http://keystone:5000/v3/auth/tokens'],
    ['http://keystone:5000/', 'http://keystone:5000/v3/auth/tokens'],
    ['http://keystone:5000/v3', 'http://keystone:5000/v3/auth/tokens'],
    ['http://keystone:5000/v3/', 'http://keystone:5000/v3/auth/tokens'],
    ['http://keystone:5000/v2.0', 'http://keystone:5000/v3/auth/tokens'],
    ['https://cloud.example/identity', 'https://cloud.example/identity/v3/auth/tokens'],
    ['https://cloud.example/identity/v3', 'https://cloud.example/identity/v3/auth/tokens'],
  ])('of %s is %s', (authUrl, url) => {
    expect(tokensUrl(authUrl)).toBe(url);
  });
});

describe('loginRequest', () => {
  it('names user and project within their domains', () => {
    const request = loginRequest({
      kind: 'password',
      userName: 'ge',
      userDomainName: 'Users',
      password,
      projectName: 'monitoring',
      projectDomainId: 'd2',
    });
    const user = { name: 'ge', domain: { name: 'Users' }, password: 'pw' };
    expect(request).toEqual({
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: 'monitoring', domain: { id: 'd2' } } },
      },
    });
  });

  it('prefers ids, which need no domain', () => {
    const request = loginRequest({
      kind: 'password',
      userId: 'u1',
      userName: 'ge',
      userDomainId: 'default',
      password,
      projectId: 'p1',
      projectName: 'monitoring',
    });
    expect(request).toEqual({
      auth: {
        identity: { methods: ['password'], password: { user: { id: 'u1', password: 'pw' } } },
        scope: { project: { id: 'p1' } },
      },
    });
  });

  it('takes the domain `default` for a name without one', () => {
    const request = loginRequest({ kind: 'password', userName: 'ge', password, projectName: 'm' });
    const domain = { id: 'default' };
    expect(request).toMatchObject({
      auth: {
        identity: { password: { user: { name: 'ge', domain } } },
        scope: { project: { name: 'm', domain } },
      },
    });
  });

  it("sends no scope without a project, which gives the user's default project", () => {
    expect(loginRequest({ kind: 'password', userId: 'u1', password })).not.toHaveProperty(
      'auth.scope',
    );
  });

  it('uses an application credential by its id, without a scope', () => {
    expect(
      loginRequest({ kind: 'application-credential', id: 'a1', userName: 'ge', secret }),
    ).toEqual({
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { id: 'a1', secret: 's3cret' },
        },
      },
    });
  });

  it('uses an application credential by its name and its user', () => {
    const login = { kind: 'application-credential', name: 'hb', userName: 'ge', secret } as const;
    expect(loginRequest(login)).toMatchObject({
      auth: {
        identity: {
          application_credential: { name: 'hb', user: { name: 'ge', domain: { id: 'default' } } },
        },
      },
    });
    expect(loginRequest({ ...login, userId: 'u1' })).toMatchObject({
      auth: { identity: { application_credential: { name: 'hb', user: { id: 'u1' } } } },
    });
  });
});

describe('loginName', () => {
  it('says who logs in, and no secret', () => {
    expect(loginName({ kind: 'password', userName: 'ge', password, projectName: 'm' })).toBe(
      'user ge of project m',
    );
    expect(loginName({ kind: 'password', userId: 'u1', password })).toBe('user u1');
    expect(loginName({ kind: 'application-credential', id: 'a1', secret })).toBe(
      'application credential a1',
    );
    expect(loginName({ kind: 'application-credential', name: 'hb', userId: 'u1', secret })).toBe(
      'application credential hb of user u1',
    );
  });
});
