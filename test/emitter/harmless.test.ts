import { readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  createScratch,
  describeShells,
  fillMachine,
  fillPath,
  processesWith,
  runEmitter,
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

/** Lock of the component of `settings` with the instance i-1. */
const lock = 'Orion.i-1.lock';

/** Second in which the lock expires. */
async function lockSeconds(state: string): Promise<number | undefined> {
  const [, second] = /^(\d{10})\.\d+$/.exec(await readlink(join(state, lock))) ?? [];
  return second === undefined ? undefined : Number(second);
}

const seconds = (fromNow: number) => String(Math.floor(Date.now() / 1_000) + fromNow);

describeShells('a run of the emitter', ['busybox', 'curl', 'wget'], (shell) => {
  const beat = async () => ({
    ...settings(`${receiver.origin}/beat`),
    HEARTBEAT_TEST_ROOT: await scratch.folder(),
  });
  const acknowledged = { exitCode: 0, out: '', err: '' };

  it('leaves no file and no process behind except the instance', async () => {
    const [cwd, temporary, state] = [
      await scratch.folder(),
      await scratch.folder(),
      await scratch.folder(),
    ];
    const marker = `EMITTER_TEST=${state}`;
    const env = {
      ...(await beat()),
      TMPDIR: temporary,
      HOME: cwd,
      HEARTBEAT_STATE_DIR: state,
      HEARTBEAT_TIMEOUT: '15',
      EMITTER_TEST: state,
    };
    const clients = ['curl', 'wget', 'busybox wget'];
    for (const client of clients) {
      const PATH = await fillPath(await scratch.folder(), [client], 'gnu');
      for (const answer of ['/500', '/cut', '/beat']) {
        const HEARTBEAT_SERVICE_HOST = `${receiver.origin}${answer}`;
        const run = await runEmitter(shell, { ...env, PATH, HEARTBEAT_SERVICE_HOST }, { cwd });
        expect({ client, answer, ...run }).toMatchObject({
          exitCode: answer === '/beat' ? 0 : 1,
          err: expect.not.stringContaining('no answer in time'),
        });
      }
    }
    expect(await readdir(state)).toEqual(['instance']);
    expect([...(await readdir(cwd)), ...(await readdir(temporary))]).toEqual([]);
    await until(() => processesWith(marker).length === 0);
  });

  it('sends on a read-only file system without a home', async () => {
    const machine = await fillMachine(await scratch.folder(), {
      '/etc/machine-id': `${'0123456789abcdef'.repeat(2)}\n`,
    });
    const env = {
      ...(await beat()),
      HEARTBEAT_TEST_ROOT: machine,
      HEARTBEAT_STATE_DIR: '/dev/null/state',
    };
    expect(await runEmitter(shell, env)).toEqual(acknowledged);
  });

  it('ignores the configuration of the user for curl and wget', async () => {
    const home = await scratch.folder();
    await writeFile(join(home, '.curlrc'), `output = "${home}/leak"\nuser-agent = "leak"\n`);
    await writeFile(join(home, '.wgetrc'), `output_document = ${home}/leak\ntries = 5\n`);
    for (const client of ['curl', 'wget']) {
      const PATH = await fillPath(await scratch.folder(), [client], 'gnu');
      const env = { ...(await beat()), PATH, HOME: home, HEARTBEAT_INSTANCE: 'i-1' };
      expect(await runEmitter(shell, env)).toEqual(acknowledged);
    }
    expect(await readdir(home)).toEqual(['.curlrc', '.wgetrc']);
  });

  it('removes no file that the environment names', async () => {
    const folder = await scratch.folder();
    const precious = join(folder, 'precious');
    await writeFile(precious, 'kept');
    const env = { lock: precious, draft: precious, state: folder };
    const all = { ...(await beat()), ...env, HEARTBEAT_INSTANCE: 'i-1' };
    expect(await runEmitter(shell, all)).toEqual(acknowledged);
    expect(await readFile(precious, 'utf8')).toBe('kept');
  });

  it('sends nothing while another run is still sending', async () => {
    const state = await scratch.folder();
    const env = { ...(await beat()), HEARTBEAT_STATE_DIR: state, HEARTBEAT_INSTANCE: 'i-1' };
    const hanging = startEmitter(shell, {
      ...env,
      HEARTBEAT_SERVICE_HOST: `${receiver.origin}/hang`,
      HEARTBEAT_TIMEOUT: '60',
    });
    await until(async () => (await readdir(state)).includes(lock));
    const second = await runEmitter(shell, env);
    expect(second).toMatchObject({ exitCode: 1, out: '' });
    expect(second.err).toBe('GE_Heartbeat.sh: not sent: another run is still sending\n');
    process.kill(hanging.pid, 'SIGTERM');
    expect(await hanging.ended).toMatchObject({ exitCode: 1, err: '' });
    expect(await readdir(state)).toEqual([]);
    expect(await runEmitter(shell, env)).toEqual(acknowledged);
  });

  it('sends for two components with one state folder at the same time', async () => {
    const env = { ...(await beat()), HEARTBEAT_STATE_DIR: await scratch.folder() };
    const runs = ['Orion', 'Cygnus', 'Keyrock', '../x', '../y'].map((name) =>
      runEmitter(shell, { ...env, GENERIC_ENABLER_ID: name }),
    );
    expect(await Promise.all(runs)).toEqual(runs.map(() => acknowledged));
    expect(await readdir(env.HEARTBEAT_STATE_DIR)).toEqual(['instance']);
  });

  it.each([
    ['is over', () => seconds(-1)],
    ['was made before the clock was set back', () => seconds(9_000)],
    ['is not ours', () => 'nonsense'],
  ])('ignores a lock that %s', async (_title, text) => {
    const state = await scratch.folder();
    await symlink(text(), join(state, lock));
    const env = { ...(await beat()), HEARTBEAT_STATE_DIR: state, HEARTBEAT_INSTANCE: 'i-1' };
    expect(await runEmitter(shell, env)).toEqual(acknowledged);
    expect(await readdir(state)).toEqual([]);
  });

  it('removes its lock when a signal stops it', async () => {
    const state = await scratch.folder();
    const env = {
      ...(await beat()),
      HEARTBEAT_STATE_DIR: state,
      HEARTBEAT_INSTANCE: 'i-1',
      HEARTBEAT_JITTER: '3600',
      EMITTER_TEST: state,
    };
    const { pid, ended } = startEmitter(shell, env);
    await until(async () => (await readdir(state)).includes(lock));
    expect(await readlink(join(state, lock))).toBe(`${(await lockSeconds(state)) ?? ''}.${pid}`);
    process.kill(pid, 'SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 1 });
    expect(await readdir(state)).toEqual([]);
    await until(() => processesWith(`EMITTER_TEST=${state}`).length === 0);
  });

  it('chooses a random delay of at most the jitter', async () => {
    const delays = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const state = await scratch.folder();
        const { pid, ended } = startEmitter(shell, {
          ...settings(`${receiver.origin}/hang`),
          HEARTBEAT_STATE_DIR: state,
          HEARTBEAT_INSTANCE: 'i-1',
          HEARTBEAT_JITTER: '7',
          HEARTBEAT_TIMEOUT: '60',
        });
        const before = Math.floor(Date.now() / 1_000);
        await until(async () => (await readdir(state)).includes(lock));
        const after = Math.floor(Date.now() / 1_000);
        const until125 = ((await lockSeconds(state)) ?? 0) - 125;
        process.kill(pid, 'SIGTERM');
        await ended;
        return { least: until125 - after, most: until125 - before };
      }),
    );
    expect(Math.min(...delays.map(({ most }) => most))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays.map(({ least }) => least))).toBeLessThanOrEqual(7);
    expect(new Set(delays.map(({ most }) => most)).size).toBeGreaterThan(1);
  });
});
