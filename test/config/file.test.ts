import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../service/config/load.ts';
import { formatProblem } from '../../service/config/problem.ts';
import { readConfigText } from '../../service/config/sources/file.ts';
import { loadGood } from './fixture.ts';

const said = (text: string) => readConfigText(text, 'c.yaml').problems.map(formatProblem);

describe('readConfigText', () => {
  it('returns the line of each setting', () => {
    const { given } = readConfigText('# head\nhttp:\n  port: 1\n\nlog:\n  level: warn\n', 'c.yaml');
    expect([...given]).toEqual([
      ['http.port', { value: 1, origin: { kind: 'file', file: 'c.yaml', line: 3 } }],
      ['log.level', { value: 'warn', origin: { kind: 'file', file: 'c.yaml', line: 6 } }],
    ]);
  });

  it('takes a key without a value as not set', () => {
    expect(loadGood({ yaml: 'http:\nlog:\n  level:\n' }).config.log.level).toBe('info');
    expect(loadGood({ yaml: '' }).config.http.port).toBe(8080);
  });

  it('follows anchors', () => {
    const { config } = loadGood({
      yaml: 'http: { headersTimeoutSeconds: &t 20 }\nstop: { drainSeconds: *t }',
    });
    expect(config.stop.drainSeconds).toBe(20);
  });

  it('reports every unknown key, with its line and a suggestion', () => {
    expect(said('htpp: {}\nhttp:\n  hots: x\n  __proto__: 1\n  constructor: 2\n')).toEqual([
      'htpp: unknown key in c.yaml, line 1; expected the name of a setting; did you mean http?',
      'http.hots: unknown key in c.yaml, line 3; expected the name of a setting; did you mean http.host?',
      'http.__proto__: unknown key in c.yaml, line 4; expected the name of a setting',
      'http.constructor: unknown key in c.yaml, line 5; expected the name of a setting',
    ]);
  });

  it.each([
    ['http:\n  port: 1\n port: 2\n', 3],
    ['http: {}\nhttp: {}\n', 2],
    ['a: b: c\n', 1],
    ['keystone:\n  password: !hunter2 x\n', 2],
    ['keystone:\n  password: "hunter2\n', 3],
    ['keystone:\n  password: @hunter2\n', 2],
    ['http: {}\n---\nhttp: {}\n', 2],
  ])('reports the line of a syntax error in %j and quotes nothing', (text, line) => {
    const [first = ''] = said(text);
    expect(first).toMatch(
      new RegExp(`^c.yaml, line ${line}: column \\d+: .*; expected valid YAML$`),
    );
    expect(first).not.toMatch('hunter2');
  });

  it.each([
    ['keystone: {password:hunter2, username: x}\n', 'keystone: '],
    ['keystone:\n  ? password hunter2\n', 'keystone: '],
    ['{hunter2%}\n', 'c.yaml, line 1: '],
  ])('does not print an arbitrary key of %j', (text, start) => {
    const [first = ''] = said(text);
    expect(first).toMatch(new RegExp(`^${start}a key that is no name and is not shown`));
    expect(said(text).join()).not.toMatch('hunter2');
  });

  it('rejects an alias without an anchor, and does not print its name', () => {
    const [first = ''] = said('keystone:\n  password: *hunter2\n');
    expect(first).toMatch('expected valid YAML');
    expect(first).not.toMatch('hunter2');
  });
});

describe('readConfigFile', () => {
  it('reports a missing file', () => {
    const loaded = loadConfig({ env: { OS_USERNAME: 'half' }, file: '/nowhere/c.yaml' });
    expect(loaded.kind === 'problems' && loaded.problems.map(formatProblem)).toEqual([
      '/nowhere/c.yaml: cannot be read (ENOENT); expected a YAML file',
    ]);
  });
});
