import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readAccess } from '../../service/config/access-file.ts';
import { createToken } from '../../service/contract/access/token.ts';
import { fileWith, loadGood, problemsOf } from './fixture.ts';

const { token, hash } = createToken();
const entry = { name: 'fleet', hash, scopes: ['ingest'] };
const inline = (...entries: object[]) => ({ HEARTBEAT_AUTH_TOKENS: JSON.stringify(entries) });
const inFile = (content: unknown) => ({
  HEARTBEAT_AUTH_TOKENS_FILE: fileWith(JSON.stringify(content), 'json'),
});
const elsewhere = { HEARTBEAT_HTTP_HOST: '0.0.0.0' };

describe('the access settings', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.example.org'])(
    'reject other machines without tokens: %s',
    (host) => {
      expect(problemsOf({ env: { HEARTBEAT_HTTP_HOST: host } })).toMatchObject([
        {
          path: 'http.host',
          expected: expect.stringMatching(/auth\.tokensFile.*HEARTBEAT_AUTH_OPEN=true/),
        },
      ]);
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('allow this machine: %s', (host) => {
    expect(loadGood({ env: { HEARTBEAT_HTTP_HOST: host } }).config.http.host).toBe(host);
  });

  it.each([
    ['tokens', inline(entry)],
    ['a file of tokens', inFile({ tokens: [entry] })],
    ['an empty file, which rejects all requests', inFile({})],
    ['auth.open', { HEARTBEAT_AUTH_OPEN: 'true' }],
  ])('allow other machines with %s', (_, env) => {
    expect(loadGood({ env: { ...elsewhere, ...env } }).config.http.host).toBe('0.0.0.0');
  });

  it('reject auth.open beside tokens', () => {
    const env = { ...inline(entry), HEARTBEAT_AUTH_OPEN: 'true' };
    expect(problemsOf({ env })).toMatchObject([{ path: 'auth.open' }]);
  });

  it('accept expiry as a date and as a time', () => {
    const times = ['2030-01-31', '2030-01-31T12:00:00Z', '2030-01-31T12:00:00.5+01:00'];
    const entries = times.map((expiresAt) => ({ ...entry, hash: createToken().hash, expiresAt }));
    const { tokens } = loadGood({ env: inline(...entries) }).config.auth;
    expect(tokens.map(({ expiresAt }) => expiresAt)).toEqual(times.map((time) => Date.parse(time)));
  });

  it.each([
    ['no list', { tokens: 5 }, 'tokens: expected a list of tokens'],
    ['a word', 'tokens', 'the file: expected something else'],
    ['no name', { tokens: [{ ...entry, name: undefined }] }, 'tokens[0].name: expected a name'],
    [
      'a scope',
      { tokens: [{ ...entry, scopes: ['all'] }] },
      'tokens[0].scopes[0]: expected a list',
    ],
    ['no scope', { tokens: [{ ...entry, scopes: [] }] }, 'tokens[0].scopes: expected a list'],
    ['no components', { tokens: [{ ...entry, components: [] }] }, 'tokens[0].components: expected'],
    [
      'a time',
      { tokens: [{ ...entry, expiresAt: 'soon' }] },
      'tokens[0].expiresAt: expected a time',
    ],
    ['the token', { tokens: [{ ...entry, hash: token }] }, 'tokens[0].hash: expected what'],
    ['a key', { tokens: [{ ...entry, [token]: 1 }] }, 'tokens[0] has keys that are not known'],
    ['twins', { tokens: [entry, entry] }, /^two tokens have the id \w+/],
  ])('reject an invalid file: %s', (_, content, given) => {
    const [problem] = problemsOf({ env: inFile(content) });
    expect(problem).toMatchObject({ path: 'auth.tokensFile' });
    expect(problem?.given).toMatch(given);
    expect(JSON.stringify(problem)).not.toContain(token);
  });

  it.each([
    ['is not there', '/nonexistent/tokens', 'it cannot be read (ENOENT)'],
    ['is neither YAML nor JSON', fileWith(`tokens: [${token}`), 'it is neither YAML nor JSON'],
  ])('reject a file that %s', (_, file, given) => {
    const problems = problemsOf({ env: { HEARTBEAT_AUTH_TOKENS_FILE: file } });
    expect(problems).toMatchObject([{ path: 'auth.tokensFile', given }]);
  });

  it('do not print a token that is given instead of its hash', () => {
    const problems = problemsOf({ env: inline({ ...entry, hash: token }) });
    expect(problems).toMatchObject([{ path: 'auth.tokens[0].hash' }]);
    expect(JSON.stringify(problems)).not.toContain(token);
  });

  it('accept the file of docs/guides/access.md', () => {
    const page = readFileSync('docs/guides/access.md', 'utf8');
    const [, example = ''] = /<!-- tokens -->\n```yaml\n(.*?)```/s.exec(page) ?? [];
    const reading = readAccess({ tokens: [], certificates: [], tokensFile: fileWith(example) });
    expect(reading).toMatchObject({
      kind: 'access',
      access: {
        tokens: [{ name: 'orion-emitters', maxInstances: 500 }, { name: 'analyst' }],
        certificates: [{ subject: '*.edge.example.org' }],
      },
    });
  });

  it('reject two entries with the same id, also between the file and the configuration', () => {
    const env = { ...inline(entry), ...inFile({ tokens: [entry] }) };
    expect(problemsOf({ env })).toMatchObject([{ given: expect.stringContaining('two tokens') }]);
  });
});
