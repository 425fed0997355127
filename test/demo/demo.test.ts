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
const anyPorts = ['--service-port', '0', '--keystone-port', '0', '--monasca-port', '0'];

let children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    // In order, for then it ends what it has started.
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

/** The ids of the processes that a demo says it has started. */
function pidsIn(out: string) {
  const [, mock, service, receiver] =
    /The mock is process (\d+), the service process (\d+), the receiver process (\d+)/.exec(out) ??
    [];
  return { mock: Number(mock), service: Number(service), receiver: Number(receiver) };
}

const expectGone = (pid: number) => expect(() => process.kill(pid, 0)).toThrow('ESRCH');

const verdict = /^✓ (\d+) heartbeats accepted, (\d+) found in Monasca, 0 missing, 0 dead letters$/m;

/** Neither a mass outage nor flapping; on a busy machine a heartbeat may be late by itself. */
const told =
  /^ {2}The service told: 12 started, \d+ late, \d+ down, \d+ recovered, 10 retired, 1 silence\.created\.$/m;

const receipts = /^ {2}The receiver got \d+ events, signed; 0 missing, [1-9]\d* silenced\.$/m;

/** One who dies and comes back, one who leaves, one who is replaced. */
const events = [
  /late {6}Orion 3\.10\.1 (\S+): No heartbeat for .*\n.*down {6}Orion 3\.10\.1 \1: .*recovered Orion 3\.10\.1 \1: Heartbeat received after/s,
  /(\S+) says goodbye\n.*retired {3}Keyrock 8\.3 \1: The instance reported that it is stopping\./s,
  /Orion 4\.0\.0 (\S+) is replaced by (\S+) without.*started {3}Orion 4\.0\.0 \2: .*down {6}Orion 4\.0\.0 \1: /s,
];

/** How many instances of each component the demo says that it had. */
const instancesIn = (out: string): string[] =>
  [...out.matchAll(/^ {2}(\w+) +(\S+) +(\d+) +\d+ +\d+$/gm)]
    .map((row) => row.slice(1).join())
    .sort();

/** The same as `ge-heartbeat active` prints it. */
const activeIn = (csv: string): string[] =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(',').slice(0, 3).join())
    .sort();

describe('the demo', () => {
  it('tells what happens to whom, and finds every accepted heartbeat in Monasca', async () => {
    const folder = temporaryFolder();
    const demo = run('--for', '20s', '--keep-data', folder, ...anyPorts);
    expect(await demo.ended).toEqual([0, null]);
    expect(demo.err).toBe('');
    const [, accepted, found] = verdict.exec(demo.out) ?? [demo.out];
    expect(Number(accepted)).toBeGreaterThan(10);
    expect(found).toBe(accepted);
    expect(demo.out).toContain('incident  Monasca goes away for 6 s');
    expect(demo.out).toContain('incident  Monasca is back');
    expect(demo.out).toContain('service   delivery works again');
    expect(demo.out).not.toContain('trouble');
    expect(demo.out).toMatch(told);
    expect(demo.out).toMatch(receipts);
    expect(demo.out).toMatch(/receiver {2}down Orion 3\.10\.1 .* \(signed, \w{26}\)/);
    // The one that is replaced is silenced: its end is told to nobody.
    expect(demo.out).not.toMatch(/receiver {2}\w+ Orion 4\.0\.0/);
    for (const event of events) expect(demo.out).toMatch(event);
    for (const name of ['Orion', 'Cygnus', 'Keyrock', 'Wirecloud', 'Perseo']) {
      expect(demo.out).toContain(`\n  ${name} `);
    }
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['data', 'mock.log', 'monasca.sqlite', 'receiver.log', 'service.log']),
    );

    const service = await startService({ HEARTBEAT_DATA_DIR: join(folder, 'data') });
    const question = ['active', '--since', '24h', '--by', 'name,version', '--format', 'csv'];
    const { code, out } = await runCli([...question, '--url', service.url]);
    await service.stop();
    expect({ code, active: activeIn(out) }).toEqual({ code: 0, active: instancesIn(demo.out) });
  }, 120_000);

  it('ends in order on a signal that comes twice, and leaves nothing behind', async () => {
    const demo = run('--no-incidents', ...anyPorts);
    await demo.until('status');
    const folder = /^Logs +(\S+)/m.exec(demo.out)?.[1] ?? '';
    expect(existsSync(folder)).toBe(true);
    const pids = pidsIn(demo.out);
    // As npm and the terminal do together at a Ctrl-C.
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
    'says so when the %s dies, and ends with 1',
    async (victim, complaint) => {
      const demo = run('--for', '60s', '--keep-data', temporaryFolder(), ...anyPorts);
      await demo.until('status');
      const pids = pidsIn(demo.out);
      process.kill(pids[victim], 'SIGKILL');
      expect(await demo.ended).toEqual([1, null]);
      expect(demo.err).toContain(`${complaint} Its last lines, from `);
      expectGone(pids.mock);
      expectGone(pids.service);
      expectGone(pids.receiver);
    },
    120_000,
  );

  it('does not start where a port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const demo = run(...anyPorts, '--service-port', String(port));
    expect(await demo.ended).toEqual([2, null]);
    expect(demo.err).toBe(
      `Port ${port} is in use; choose another one for the service with --service-port.\n`,
    );
    server.close();
  }, 60_000);

  it('explains itself, and what is wrong with its arguments', async () => {
    const help = run('--help');
    expect(await help.ended).toEqual([0, null]);
    expect(help.out).toContain('npm run demo');
    const wrong = run('--for', 'ever');
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.err).toContain('--for: expected a time');
  }, 60_000);
});
