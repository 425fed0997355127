import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../support/cli.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = join(import.meta.dirname, '../../demo/main.ts');
const anyPort = ['--port', '0'];

let children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    // With SIGINT first, because then it ends what it has started.
    child.kill('SIGINT');
    await Promise.race([once(child, 'exit'), delay(20_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
  }
  children = [];
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const running = { child, out: '', err: '', ended: once(child, 'close') };
  child.stdout.on('data', (chunk) => {
    running.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    running.err += chunk;
  });
  const until = async (text: string) => {
    while (!running.out.includes(text)) {
      if (child.exitCode !== null) throw new Error(`${running.out}\n${running.err}`);
      await delay(20);
    }
  };
  return Object.assign(running, { until });
}

/** The ids of the processes that a demo has started. */
function pidsIn(out: string) {
  const [, service, mock, receiver] =
    /Processes +service (\d+), mock (\d+), receiver (\d+)/.exec(out) ?? [];
  return { mock: Number(mock), service: Number(service), receiver: Number(receiver) };
}

const expectGone = (pid: number) => expect(() => process.kill(pid, 0)).toThrow('ESRCH');

const verdict =
  /^Success: (\d+) heartbeats accepted, (\d+) found in Monasca, 0 missing, 0 dead letters\.$/m;

/** Neither a mass outage nor flapping; on a busy machine a heartbeat may be late by itself. */
const events =
  /^ {2}Events: 12 started, \d+ late, \d+ down, \d+ recovered, 10 retired, 1 silence\.created, \d+ relay\.opened, \d+ relay\.closed\.$/m;

const notifications =
  /^ {2}\d+ notifications received, 0 missing, 0 rejected, \d+ received twice, [1-9]\d* suppressed by the silence\.$/m;

/** An instance crashes and returns, one stops, one is replaced. */
const scenario = [
  /late +Orion 3\.10\.1 (\S+): No heartbeat for .*\n.*down +Orion 3\.10\.1 \1: .*recovered +Orion 3\.10\.1 \1: Heartbeat received after/s,
  /relay\.opened +The relay demo is open: .*Orion 3\.10\.1 (\S+) crashes\n.*relay\.closed +The relay demo is closed\. The last heartbeat of Orion\/3\.10\.1\/\1 is .*\1 sends heartbeats again\n.*relay\.opened/s,
  /Keyrock 8\.3 (\S+) stops on purpose\n.*retired +Keyrock 8\.3 \1: The instance reported that it is stopping\./s,
  /Orion 4\.0\.0 (\S+) is replaced by (\S+), without.*started +Orion 4\.0\.0 \2: .*down +Orion 4\.0\.0 \1: /s,
];

/** Number of instances of each component in the last table of the demo. */
const instancesIn = (out: string): string[] =>
  [...out.matchAll(/^ {2}(\w+) +(\S+) +(\d+) +\d+ +\d+$/gm)]
    .map((row) => row.slice(1).join())
    .sort();

/** The same as printed by `ge-heartbeat active`. */
const activeIn = (csv: string): string[] =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(',').slice(0, 3).join())
    .sort();

describe('the demo', () => {
  it('prints what happens, and finds every accepted heartbeat in Monasca', async () => {
    const folder = temporaryFolder();
    const demo = run('--for', '20s', '--keep-data', folder, ...anyPort);
    expect(await demo.ended).toEqual([0, null]);
    expect(demo.err).toBe('');
    const [, accepted, found] = verdict.exec(demo.out) ?? [demo.out];
    expect(Number(accepted)).toBeGreaterThan(10);
    expect(found).toBe(accepted);
    expect(demo.out).toMatch(/^GE Heartbeat is running at http:\/\/127\.0\.0\.1:\d+$/m);
    expect(demo.out).toContain('earlier when you press Ctrl-C');
    expect(demo.out).toContain('Monasca is unavailable for 6 s');
    expect(demo.out).toContain('Monasca is available again');
    expect(demo.out).toContain('The waiting heartbeats were delivered within');
    expect(demo.out).not.toContain('problem');
    expect(demo.out).toMatch(events);
    expect(demo.out).toMatch(notifications);
    expect(demo.out).toMatch(/notification +down Orion 3\.10\.1 \S+ \(signed\)\n/);
    // The component that is replaced is silenced: no notification of it is sent.
    expect(demo.out).not.toMatch(/notification +\w+ Orion 4\.0\.0/);
    for (const part of scenario) expect(demo.out).toMatch(part);
    for (const name of ['Orion', 'Cygnus', 'Keyrock', 'Wirecloud', 'Perseo']) {
      expect(demo.out).toContain(`\n  ${name} `);
    }
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining([
        ...['data', 'monasca-mock.log', 'monasca.sqlite', 'receiver.log', 'service.log'],
      ]),
    );

    const service = await startService({ HEARTBEAT_DATA_DIR: join(folder, 'data') });
    const query = ['active', '--since', '24h', '--by', 'name,version', '--format', 'csv'];
    const { code, out } = await runCli([...query, '--url', service.url]);
    await service.stop();
    expect({ code, active: activeIn(out) }).toEqual({ code: 0, active: instancesIn(demo.out) });
  }, 120_000);

  it('ends in order on a signal that comes twice, and leaves nothing behind', async () => {
    const demo = run('--no-incidents', ...anyPort);
    await demo.until('IN MONASCA');
    const folder = /Data and logs +(\S+)/.exec(demo.out)?.[1] ?? '';
    expect(existsSync(folder)).toBe(true);
    const pids = pidsIn(demo.out);
    // At a Ctrl-C npm and the terminal each send one.
    demo.child.kill('SIGINT');
    demo.child.kill('SIGINT');
    expect(await demo.ended).toEqual([0, null]);
    expect(demo.out).toMatch(verdict);
    expect(demo.out).not.toContain('incident');
    expect(existsSync(folder)).toBe(false);
    expectGone(pids.mock);
    expectGone(pids.service);
    expectGone(pids.receiver);
  }, 120_000);

  it.each([
    ['service', 'The service ended with SIGKILL.'],
    ['mock', 'The mock of Keystone and Monasca ended with SIGKILL.'],
    ['receiver', 'The receiver ended with SIGKILL.'],
  ] as const)(
    'reports that the %s has died, and ends with 1',
    async (victim, message) => {
      const demo = run('--for', '60s', '--keep-data', temporaryFolder(), ...anyPort);
      await demo.until('IN MONASCA');
      const pids = pidsIn(demo.out);
      process.kill(pids[victim], 'SIGKILL');
      expect(await demo.ended).toEqual([1, null]);
      expect(demo.err).toContain(`${message} Its last lines, from `);
      expectGone(pids.mock);
      expectGone(pids.service);
      expectGone(pids.receiver);
    },
    120_000,
  );

  it('does not start if its port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const demo = run('--port', String(port));
    expect(await demo.ended).toEqual([2, null]);
    expect(demo.err).toBe(
      `Port ${port} is in use. Choose another one with --port, or --port 0 for any free one.\n`,
    );
    server.close();
  }, 60_000);

  it('prints help, and what is wrong with its arguments', async () => {
    const help = run('--help');
    expect(await help.ended).toEqual([0, null]);
    expect(help.out).toContain('npm run demo');
    const wrong = run('--for', 'ever');
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.err).toContain('Expected a time');
  }, 60_000);
});
