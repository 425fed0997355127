import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';

const program = fileURLToPath(new URL('../../monasca-mock/main.ts', import.meta.url));
const anyPorts = ['--keystone-port', '0', '--monasca-port', '0'];

let children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

/** Runs the program; `out` and `err` grow while it does. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const running = { child, out: '', err: '', ended: once(child, 'exit') };
  child.stdout.on('data', (chunk) => {
    running.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    running.err += chunk;
  });
  return running;
}

async function started(...args: string[]) {
  const running = run(...args);
  await until(() => {
    if (running.child.exitCode !== null) throw new Error(running.err);
    return running.out.includes('agent-secret');
  });
  const urls = [...running.out.matchAll(/http:\S+/g)].map(([url]) => url);
  return { ...running, keystoneUrl: urls[0] ?? '', monascaUrl: urls[1] ?? '' };
}

describe('the mock as a program', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`prints its addresses and accounts, and exits with 0 on ${signal}`, async () => {
      const mock = await started(...anyPorts);
      expect(mock.out).toMatch(/ge +ge-secret +project ge +role monasca-user/);
      expect((await fetch(mock.keystoneUrl)).status).toBe(200);
      expect((await fetch(new URL('/healthcheck', mock.monascaUrl))).status).toBe(200);
      mock.child.kill(signal);
      expect(await mock.ended).toEqual([0, null]);
    });
  }

  it('prints its options', async () => {
    const help = run('--help');
    expect(await help.ended).toEqual([0, null]);
    expect(help.out).toMatch(/--keystone-port PORT/);
  });

  it.each([
    [['--keystone-port', 'http'], '--keystone-port: '],
    [['--monasca-port', '70000'], '--monasca-port: '],
    [['--token-lifetime', '0'], '--token-lifetime: '],
    [['--colour', 'blue'], "Unknown option '--colour'"],
    [['extra'], 'extra'],
    [[...anyPorts, '--db', '/no/such/folder/file'], 'unable to open'],
  ])('exits with 2 and the reason: %j', async (args, complaint) => {
    const wrong = run(...args);
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.err).toContain(complaint);
    expect(wrong.out).toBe('');
  });

  it('exits with 2 if a port is in use, and names the port', async () => {
    const first = await started(...anyPorts);
    const { port } = new URL(first.monascaUrl);
    const second = run('--keystone-port', '0', '--monasca-port', port);
    expect(await second.ended).toEqual([2, null]);
    expect(second.err).toContain(`127.0.0.1:${port}`);
    expect(second.err).toContain('--monasca-port');
  });
});
