import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { describeWith } from '../support/programs.ts';
import { control } from './client.ts';

const run = promisify(execFile);

/** The login library of every OpenStack client, installed with `monasca`. */
const preamble = `
import json, sys
from keystoneauth1 import discover, exceptions, session
from keystoneauth1.identity import generic, v3
root = sys.argv[1]
account = dict(username='ge', password='ge-secret', project_name='ge',
               user_domain_id='default', project_domain_name='Default')
`;

describeWith(['monasca'], 'keystoneauth against the mock', () => {
  let mock: Mock;
  beforeAll(async () => {
    mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  });
  afterAll(() => mock.close());

  /** The JSON that the script prints. Only Debian's own Python has Debian's packages. */
  async function python(script: string): Promise<unknown> {
    const root = new URL('/', mock.keystoneUrl).href;
    const { stdout } = await run('/usr/bin/python3', ['-c', preamble + script, root]);
    return JSON.parse(stdout);
  }

  it('finds the version, logs in and finds Monasca in the catalog, from either address', async () => {
    const found = await python(`
results = []
for url in (root, root + 'v3', root + 'v3/'):
    auth = generic.Password(url, **account)
    s = session.Session(auth)
    access = auth.get_access(s)
    results.append([s.get_endpoint(service_type='monitoring', interface='public', region_name='RegionOne'),
                    access.project_name, sorted(access.role_names), access.will_expire_soon(30)])
print(json.dumps(results))`);
    const result = [mock.monascaUrl, 'ge', ['monasca-user'], false];
    expect(found).toEqual([result, result, result]);
  });

  it('creates an application credential and logs in with it', async () => {
    const found = await python(`
auth = v3.Password(root + 'v3', **account)
s = session.Session(auth)
made = s.post(root + 'v3/users/%s/application_credentials' % auth.get_user_id(s),
              json={'application_credential': {'name': 'beats'}}).json()['application_credential']
own = v3.ApplicationCredential(root + 'v3', application_credential_id=made['id'],
                               application_credential_secret=made['secret'])
access = own.get_access(session.Session(own))
s.delete(root + 'v3/users/%s/application_credentials/%s' % (auth.get_user_id(s), made['id']))
own.invalidate()
try:
    own.get_access(session.Session(own))
    after = 'logged in'
except exceptions.NotFound as problem:
    after = problem.http_status
print(json.dumps([access.project_name, access.application_credential['name'], after]))`);
    expect(found).toEqual(['ge', 'beats', 404]);
  });

  it('logs in again, once, after the revocation of its token', async () => {
    await control(mock, 'DELETE', '/mock/requests');
    const found = await python(`
import urllib.request
s = session.Session(v3.Password(root + 'v3', **account))
results = [s.get(root + 'v3/auth/catalog').status_code]
urllib.request.urlopen(urllib.request.Request(root + 'mock/tokens/revoke', method='POST', data=b'{}'))
results.append(s.get(root + 'v3/auth/catalog').status_code)
print(json.dumps(results))`);
    expect(found).toEqual([200, 200]);
    const { json } = await control(mock, 'GET', '/mock/requests/count');
    const counts = z
      .object({ counts: z.array(z.looseObject({ path: z.string(), status: z.number() })) })
      .parse(json).counts;
    expect(counts).toContainEqual(
      expect.objectContaining({ path: '/v3/auth/tokens', status: 201, count: 2 }),
    );
    expect(counts).toContainEqual(
      expect.objectContaining({ path: '/v3/auth/catalog', status: 401, count: 1 }),
    );
  });

  it('recognizes the errors', async () => {
    const found = await python(`
def problem(**change):
    try:
        auth = v3.Password(root + 'v3', **{**account, **change})
        auth.get_access(session.Session(auth))
    except exceptions.HttpError as error:
        return [type(error).__name__, error.http_status]
s = session.Session(v3.Password(root + 'v3', **account))
try:
    s.get(root + 'v3/users')
except exceptions.Forbidden as error:
    forbidden = error.message
print(json.dumps([problem(password='wrong'), problem(project_name='none'),
                  problem(user_domain_id=None), forbidden]))`);
    expect(found).toEqual([
      ['Unauthorized', 401],
      ['Unauthorized', 401],
      ['BadRequest', 400],
      expect.stringMatching(/action: identity:list_users\. \(HTTP 403\)/),
    ]);
  });
});
