import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { fileWith, loadGood, openrc, problemsOf } from './fixture.ts';

const ends = ['secret ', ' secret', 'secret\r', 'secret\n', 'secret\u00a0'];

describe('loadConfig, with white space at the ends', () => {
  it.each(ends)('finds it in a secret of the environment: %j', (secret) => {
    const problems = problemsOf({ env: { ...openrc, OS_PASSWORD: secret } });
    expect(problems).toMatchObject([
      {
        path: 'keystone.password',
        given: 'a string that is not shown',
        expected: 'text without white space or a line end at its ends',
      },
    ]);
  });

  it('finds it in a secret of a file, whose last line end does not count', () => {
    const { OS_PASSWORD: _, ...others } = openrc;
    const given = (content: string) => ({ ...others, OS_PASSWORD_FILE: fileWith(content) });
    expect(loadGood({ env: given('secret\n') }).config.keystone).toBeDefined();
    expect(problemsOf({ env: given('secret\n\n') })).toHaveLength(1);
    expect(problemsOf({ env: given(' secret\n') })).toHaveLength(1);
  });

  it('finds it in a secret of a notifier, given as it is or as a file', () => {
    const slack = (url: string) => ({
      env: { HEARTBEAT_NOTIFIERS: JSON.stringify([{ name: 'x', type: 'slack', url }]) },
    });
    expect(problemsOf(slack('https://hooks.example.org/x'))).toEqual([]);
    expect(problemsOf(slack('https://hooks.example.org/x\r'))).toHaveLength(1);
    const file = fileWith('https://hooks.example.org/x \n');
    const notifiers = JSON.stringify([{ name: 'x', type: 'slack', url: { file } }]);
    expect(problemsOf({ env: { HEARTBEAT_NOTIFIERS: notifiers } })).toHaveLength(1);
  });

  it.each([
    ['OS_AUTH_URL', 'keystone.authUrl'],
    ['OS_USERNAME', 'keystone.username'],
    ['HEARTBEAT_MONASCA_URL', 'monasca.url'],
    ['HEARTBEAT_SELF_WATCH_URL', 'selfWatch.url'],
  ])('finds it in %s', (variable, path) => {
    for (const around of [' %', '%\r', '%\n']) {
      const value = around.replace('%', 'http://example.org:5000');
      expect(problemsOf({ env: { ...openrc, [variable]: value } })).toMatchObject([{ path }]);
    }
  });
});

describe('loadConfig, with variables of other parts of the project', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));

  function variablesOf(folder: string): string[] {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(({ parentPath, name }) => {
        const text = readFileSync(join(parentPath, name), 'utf8');
        return text.match(/\bHEARTBEAT_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
      });
  }

  it.each(['emitter', 'grafana'])('starts with each variable of %s', (folder) => {
    const variables = new Set(variablesOf(folder));
    expect(variables.size).toBeGreaterThan(0);
    const unknown = [...variables].filter((variable) =>
      problemsOf({ env: { [variable]: 'x' } }).some(({ given }) => given === 'unknown variable'),
    );
    expect(unknown).toEqual([]);
  });
});
