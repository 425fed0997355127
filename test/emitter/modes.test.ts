import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { instancePastSchema } from '../../service/contract/api/instance.ts';
import { type LocalService, startService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  createScratch,
  describeShells,
  processesWith,
  runEmitter,
  settings,
  startEmitter,
} from './run.ts';

const scratch = createScratch();
let receiver: Receiver;
let service: LocalService;

beforeAll(async () => {
  receiver = await startReceiver();
  service = await startService();
});

beforeEach(() => {
  receiver.received.length = 0;
  receiver.respond = () => undefined;
});

afterAll(async () => {
  await service.stop();
  await receiver.close();
  await scratch.remove();
});

async function stateOf(instance: string): Promise<string | undefined> {
  const response = await fetch(`${service.url}/api/v1/instances/Orion/3.10.1/${instance}`);
  return response.ok ? instancePastSchema.parse(await response.json()).state : undefined;
}

const bodies = () => receiver.received.map(({ body }) => body);
const stopping = () => bodies().filter((body) => body.includes('"stopping"'));

describeShells('the emitter', ['curl'], (shell) => {
  const native = () => ({ ...settings(receiver.origin), HEARTBEAT_INSTANCE: 'i-1' });
  const name = shell.replace(' ', '-');

  it.each([
    ['its own protocol', ''],
    ["the original's", '/beat'],
  ])('with --loop retires the instance at SIGTERM, by %s', async (_title, path) => {
    const instance = `${name}${path.replace('/', '-')}`;
    const env = {
      ...settings(`${service.url}${path}`),
      HEARTBEAT_INSTANCE: instance,
      HEARTBEAT_INTERVAL: '1',
    };
    const { pid, ended } = startEmitter(shell, env, { args: ['--loop'] });
    await until(async () => (await stateOf(instance)) === 'up');
    process.kill(pid, 'SIGTERM');
    expect(await ended).toEqual({ exitCode: 0, out: '', err: '' });
    expect(await stateOf(instance)).toBe('retired');
  });

  it('with --loop sends again and again, and declares its interval', async () => {
    const env = { ...native(), HEARTBEAT_INTERVAL: '1', EMITTER_TEST: `loop-${name}` };
    const { pid, ended } = startEmitter(shell, env, { args: ['--loop'] });
    await until(() => receiver.received.length >= 3);
    process.kill(pid, 'SIGINT');
    expect(await ended).toMatchObject({ exitCode: 0, err: '' });
    const sent = bodies().map((body) => JSON.parse(body));
    expect(sent[0]).toEqual({
      name: 'Orion',
      version: '3.10.1',
      instance: 'i-1',
      timestamp: expect.stringMatching(/^\d{13}$/),
      sentAt: expect.stringMatching(/^\d{13}$/),
      interval: 1,
    });
    expect(sent.at(-1)).toMatchObject({ status: 'stopping' });
    await until(() => processesWith(`EMITTER_TEST=loop-${name}`).length === 0);
  });

  it('with --loop stops at once while the service hangs', async () => {
    receiver.respond = ({ body }) => (body.includes('"stopping"') ? undefined : 'none');
    const env = { ...native(), HEARTBEAT_TIMEOUT: '60' };
    const { pid, ended } = startEmitter(shell, env, { args: ['--loop'] });
    await until(() => receiver.received.length > 0);
    const before = Date.now();
    process.kill(pid, 'SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 0, err: '' });
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(JSON.parse(bodies()[0] ?? '')).toMatchObject({ interval: 30 });
    expect(stopping()).toHaveLength(1);
  });

  it('with --loop prints one line for an outage, and one for its end', async () => {
    receiver.respond = () => (receiver.received.length < 3 ? { status: 503 } : { status: 202 });
    const env = { ...native(), HEARTBEAT_INTERVAL: '1' };
    const { pid, ended } = startEmitter(shell, env, { args: ['--loop'] });
    await until(() => receiver.received.length >= 4);
    process.kill(pid, 'SIGTERM');
    const { err } = await ended;
    expect(err.split('\n')).toEqual([
      `GE_Heartbeat.sh: not acknowledged: ${receiver.origin}/api/v1/heartbeats answered HTTP 503`,
      'GE_Heartbeat.sh: acknowledged again',
      '',
    ]);
  });

  it('with --wrap passes input, output, environment and the exit code 0 through', async () => {
    const env = {
      ...native(),
      HEARTBEAT_TOKEN: 'hb_abcd_0123456789012345678901234567890123456789',
      LC_ALL: 'C.UTF-8',
    };
    const command = 'read -r line; echo "$line $LC_ALL [$HEARTBEAT_TOKEN] $#"';
    const run = await runEmitter(shell, env, {
      args: ['--wrap', 'sh', '-c', command, 'sh', 'a b', ''],
      input: 'a line\n',
    });
    expect(run).toEqual({ exitCode: 0, out: 'a line C.UTF-8 [] 2\n', err: '' });
    expect(stopping()).toHaveLength(1);
  });

  it('with --wrap sends while the command runs, and reports a failing exit', async () => {
    const env = { ...native(), HEARTBEAT_INTERVAL: '1' };
    const run = await runEmitter(shell, env, {
      args: ['--wrap', '--', 'sh', '-c', 'sleep 1.5; exit 7'],
    });
    expect(run).toEqual({
      exitCode: 7,
      out: '',
      err: 'GE_Heartbeat.sh: the command ended with exit code 7\n',
    });
    expect(bodies().length).toBeGreaterThanOrEqual(2);
    expect(stopping()).toEqual([]);
    expect(JSON.parse(bodies().at(-1) ?? '')).toMatchObject({ meta: { exitCode: '7' } });
  });

  it.each([
    ['SIGTERM', 'sleep 9 >/dev/null 2>&1 & wait', 143, true],
    ['SIGTERM', 'trap "exit 0" TERM; sleep 9 >/dev/null 2>&1 & wait', 0, true],
    ['SIGUSR1', 'trap "exit 0" USR1; sleep 9 >/dev/null 2>&1 & wait', 0, true],
    ['SIGHUP', 'trap "exit 4" HUP; sleep 9 >/dev/null 2>&1 & wait', 4, false],
    ['SIGKILL', 'kill -9 $$', 137, false],
  ] as const)('with --wrap passes %s on to "%s"', async (signal, command, exitCode, isStopping) => {
    const ready = join(await scratch.folder(), 'ready');
    const script = signal === 'SIGKILL' ? command : command.replace('wait', `: >${ready}; wait`);
    const { pid, ended } = startEmitter(shell, native(), { args: ['--wrap', 'sh', '-c', script] });
    if (signal !== 'SIGKILL') {
      await until(() => existsSync(ready));
      process.kill(pid, signal);
    }
    expect(await ended).toMatchObject({ exitCode, out: '' });
    expect(stopping()).toHaveLength(isStopping ? 1 : 0);
  });

  it('with --wrap ends a command that cannot receive SIGINT by SIGTERM', async () => {
    const ready = join(await scratch.folder(), 'ready');
    const { pid, ended } = startEmitter(shell, native(), {
      args: ['--wrap', 'sh', '-c', `: >${ready}; exec sleep 60`],
    });
    await until(() => existsSync(ready));
    process.kill(pid, 'SIGINT');
    expect([130, 143]).toContain((await ended).exitCode);
  });

  it('with --wrap names a command that is not there', async () => {
    const run = await runEmitter(shell, native(), { args: ['--wrap', 'no-such-command'] });
    expect(run.exitCode).toBe(127);
    expect(stopping()).toEqual([]);
  });

  it('with --check sends only while the check succeeds', async () => {
    const folder = await scratch.folder();
    const env = { ...native(), HEARTBEAT_STATE_DIR: folder };
    const args = ['--check', `test -e '${folder}/alive'`];
    const line = 'GE_Heartbeat.sh: not sent: the check ended with exit code 1\n';
    expect(await runEmitter(shell, env, { args })).toEqual({ exitCode: 1, out: '', err: line });
    expect(await runEmitter(shell, env, { args })).toEqual({ exitCode: 1, out: '', err: '' });
    expect(bodies()).toEqual([]);
    await writeFile(join(folder, 'alive'), '');
    const again = 'GE_Heartbeat.sh: acknowledged again\n';
    expect(await runEmitter(shell, env, { args })).toEqual({ exitCode: 0, out: '', err: again });
    expect(bodies()).toHaveLength(1);
  });

  it('ends a check that hangs', async () => {
    const env = { ...native(), HEARTBEAT_CHECK: 'exec sleep 60', HEARTBEAT_TIMEOUT: '1' };
    const run = await runEmitter(shell, env);
    expect(run.exitCode).toBe(1);
    expect(run.err).toMatch(/^GE_Heartbeat\.sh: not sent: the check ended with exit code \d+\n$/);
    expect(bodies()).toEqual([]);
  });
});
