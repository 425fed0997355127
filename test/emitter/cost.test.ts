import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  createScratch,
  describeShells,
  processesWith,
  runProgram,
  script,
  settings,
  startEmitter,
} from './run.ts';

const scratch = createScratch();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

describeShells('a heartbeat, beyond what curl takes', ['dash', 'curl'], (shell) => {
  const command = () => {
    const [program = '', ...args] = shell.split(' ');
    return [findProgram(program) ?? program, ...args, script].join(' ');
  };

  it('takes at most 50 ms of CPU', async () => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      ...settings(receiver.origin),
      HEARTBEAT_INSTANCE: 'i-1',
    };
    const bare = `curl -q -sS -o /dev/null --data-binary x ${receiver.origin}/beat`;
    const runs = 10;
    const cost = async (one: string) => {
      const loop = `i=0; while [ $i -lt ${runs} ]; do ${one} || exit 1; i=$((i + 1)); done; times`;
      const { exitCode, out } = await runProgram('dash', ['-c', loop], { env });
      expect(exitCode).toBe(0);
      // The last line is that of the children: user and system time.
      const [, ...parts] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(out) ?? [];
      const [userMinutes = 0, user = 0, systemMinutes = 0, system = 0] = parts.map(Number);
      return ((userMinutes + systemMinutes) * 60 + user + system) * 1_000;
    };
    const alone = await cost(bare);
    expect((await cost(command())) - alone).toBeLessThan(50 * runs);
  });

  it('takes at most 5 MB of memory', async () => {
    const marker = await scratch.folder();
    receiver.received.length = 0;
    const { pid, ended } = startEmitter(shell, {
      ...settings(`${receiver.origin}/hang`),
      HEARTBEAT_INSTANCE: 'i-1',
      HEARTBEAT_TIMEOUT: '30',
      EMITTER_TEST: marker,
    });
    await until(() => receiver.received.length > 0);
    // What processes share counts once: the proportional set size.
    const kibibytes = processesWith(`EMITTER_TEST=${marker}`)
      .filter((one) => !/^curl\0/.test(readOf(one, 'cmdline')))
      .map((one) => Number(/^Pss:\s+(\d+)/m.exec(readOf(one, 'smaps_rollup'))?.[1] ?? 0))
      .reduce((sum, one) => sum + one, 0);
    process.kill(pid, 'SIGTERM');
    await ended;
    expect(kibibytes).toBeGreaterThan(100);
    expect(kibibytes).toBeLessThan(5 * 1_024);
  });
});

function readOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
