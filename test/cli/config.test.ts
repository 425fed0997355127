import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { fileWith, openrc } from '../config/fixture.ts';

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));

/** Runs `ge-heartbeat` as a process of its own, with this environment and no other. */
function run(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('ge-heartbeat', () => {
  it('says what it can do', () => {
    const { status, stdout } = run(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/serve.*\n.*agent.*\n.*config/);
  });

  it('says its version', () => {
    expect(run(['--version'])).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('refuses a command that it does not have with 64', () => {
    const { status, stderr } = run(['confg']);
    expect(status).toBe(64);
    expect(stderr).toMatch('unknown command');
  });
});

describe('ge-heartbeat config check', () => {
  it('is content with nothing', () => {
    const { status, stdout } = run(['config', 'check']);
    expect(status).toBe(0);
    expect(stdout).toBe(
      'The configuration is valid; no Keystone login: heartbeats are not sent to Monasca.\n',
    );
  });

  it('says where heartbeats go', () => {
    expect(run(['config', 'check'], openrc).stdout).toMatch(openrc.OS_AUTH_URL);
  });

  it('prints all problems and ends with 78', () => {
    const file = fileWith('http: { port: x, prot: 1 }');
    const { status, stdout, stderr } = run(['config', 'check', '--config', file], {
      OS_USERNAME: 'u',
    });
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(/^The configuration has 6 problems:\n( {2}.+; expected .+\n){6}$/);
  });

  it('reads the file that HEARTBEAT_CONFIG names', () => {
    const env = { HEARTBEAT_CONFIG: fileWith('nothing: 1') };
    expect(run(['config', 'check'], env).status).toBe(78);
  });
});

describe('ge-heartbeat config show', () => {
  const env = { ...openrc, HEARTBEAT_HTTP_PORT: '9000', HEARTBEAT_CONFIG: '' };

  it('prints a YAML file that says where each value comes from', () => {
    const file = fileWith('log:\n  level: warn\n');
    const { stdout } = run(['config', 'show', '--config', file], env);
    expect(stdout).toMatch('  port: 9000 # HEARTBEAT_HTTP_PORT\n');
    expect(stdout).toMatch(`  level: warn # ${file}, line 2\n`);
    expect(stdout).toMatch('  drainSeconds: 10 # default\n');
    expect(parse(stdout)).toMatchObject({
      http: { port: 9000 },
      keystone: { username: 'ge', password: '[redacted]' },
    });
  });

  it('prints JSON', () => {
    const { stdout } = run(['config', 'show', '--format', 'json'], env);
    expect(JSON.parse(stdout)).toMatchObject({
      'http.port': { value: 9000, source: 'HEARTBEAT_HTTP_PORT' },
      'keystone.password': { value: '[redacted]', source: 'OS_PASSWORD' },
      'keystone.region': { value: null, source: 'default' },
    });
  });

  it('never prints a secret', () => {
    for (const format of ['yaml', 'json']) {
      const { stdout, stderr } = run(['config', 'show', '--format', format], env);
      expect(stdout + stderr).not.toMatch('ge-secret');
    }
  });

  it('prints nothing but the problems of a configuration that is wrong', () => {
    expect(run(['config', 'show'], { HEARTBEAT_HTTP_PORT: '-1' })).toMatchObject({
      status: 78,
      stdout: '',
    });
  });
});
