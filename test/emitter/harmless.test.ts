import { readdirSync, readFileSync } from 'node:fs';
import { chmod, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { createScratch, fillMachine, fillPath, runEmitter, settings, shells } from './run.ts';

const scratch = createScratch();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

/** The processes that were started with this in their environment. */
function processesWith(marker: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(marker);
    } catch {
      return false;
    }
  });
}

const seconds = (fromNow: number) => String(Math.floor(Date.now() / 1_000) + fromNow);

describeWith(['dash', 'bash', 'busybox', 'curl', 'wget'], 'a run of the emitter', () => {
  describe.each(shells)('under %s', (shell) => {
    const beat = async () => ({
      ...settings(`${receiver.origin}/beat`),
      HEARTBEAT_TEST_ROOT: await scratch.folder(),
    });
    const acknowledged = { exitCode: 0, out: '', err: '' };

    it('leaves neither a file nor a process behind but the instance', async () => {
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
        HEARTBEAT_TIMEOUT: '60',
        EMITTER_TEST: state,
      };
      const clients = ['curl', 'wget', 'busybox wget'];
      for (const client of clients) {
        const PATH = await fillPath(await scratch.folder(), [client], 'gnu');
        for (const answer of ['/beat', '/500', '/cut']) {
          const HEARTBEAT_SERVICE_HOST = `${receiver.origin}${answer}`;
          const run = await runEmitter(shell, { ...env, PATH, HEARTBEAT_SERVICE_HOST }, { cwd });
          expect(run.exitCode).toBe(answer === '/beat' ? 0 : 1);
        }
      }
      expect(await readdir(state)).toEqual(['instance']);
      expect([...(await readdir(cwd)), ...(await readdir(temporary))]).toEqual([]);
      await until(() => processesWith(marker).length === 0);
    });

    it('sends where nothing can be written and there is no home', async () => {
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

    it('does not heed what the user configured for curl and wget', async () => {
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

    it('removes nothing that the environment names', async () => {
      const folder = await scratch.folder();
      const precious = join(folder, 'precious');
      await writeFile(precious, 'kept');
      const env = { lock: precious, draft: precious, state: folder };
      const all = { ...(await beat()), ...env, HEARTBEAT_INSTANCE: 'i-1' };
      expect(await runEmitter(shell, all)).toEqual(acknowledged);
      expect(await readFile(precious, 'utf8')).toBe('kept');
    });

    it('steps back while another run is still sending', async () => {
      const state = await scratch.folder();
      const env = { ...(await beat()), HEARTBEAT_STATE_DIR: state, HEARTBEAT_INSTANCE: 'i-1' };
      const hanging = runEmitter(shell, {
        ...env,
        HEARTBEAT_SERVICE_HOST: `${receiver.origin}/hang`,
        HEARTBEAT_TIMEOUT: '3',
      });
      await until(async () => (await readdir(state)).includes('lock'));
      const second = await runEmitter(shell, env);
      expect(second).toMatchObject({ exitCode: 1, out: '' });
      expect(second.err).toBe('GE_Heartbeat.sh: not sent: another run is still sending\n');
      await hanging;
      expect(await readdir(state)).toEqual([]);
      expect(await runEmitter(shell, env)).toEqual(acknowledged);
    });

    it.each([
      ['is over', () => seconds(-1)],
      ['was made before the clock was set back', () => seconds(9_000)],
      ['is not ours', () => 'nonsense'],
    ])('is not stopped by a lock that %s', async (_title, text) => {
      const state = await scratch.folder();
      await symlink(text(), join(state, 'lock'));
      const env = { ...(await beat()), HEARTBEAT_STATE_DIR: state, HEARTBEAT_INSTANCE: 'i-1' };
      expect(await runEmitter(shell, env)).toEqual(acknowledged);
      expect(await readdir(state)).toEqual([]);
    });

    it('takes its lock away when it is told to stop', async () => {
      const state = await scratch.folder();
      const env = {
        ...(await beat()),
        HEARTBEAT_STATE_DIR: state,
        HEARTBEAT_INSTANCE: 'i-1',
        HEARTBEAT_JITTER: '3600',
        EMITTER_TEST: state,
      };
      let pid = 0;
      const stopped = runEmitter(shell, env, {
        onStart: (started) => {
          pid = started;
        },
      });
      await until(async () => (await readdir(state)).includes('lock'));
      expect(await readlink(join(state, 'lock'))).toMatch(/^\d{10}$/);
      process.kill(pid, 'SIGTERM');
      expect(await stopped).toMatchObject({ exitCode: 1 });
      expect(await readdir(state)).toEqual([]);
      await until(() => processesWith(`EMITTER_TEST=${state}`).length === 0);
    });

    it('sleeps no longer than the jitter', async () => {
      const bin = await fillPath(await scratch.folder(), ['curl', 'busybox cat'], 'busybox');
      const own = await scratch.folder();
      const naps = join(own, 'naps');
      // Instead of sleeping, says for how long; the long nap is the watch over the client.
      await writeFile(
        join(own, 'sleep'),
        `#!/bin/sh\necho "$1" >>${naps}\n[ "$1" -lt 61 ] || exec ${bin}/sleep "$1"\n`,
      );
      await chmod(join(own, 'sleep'), 0o755);
      const env = {
        ...(await beat()),
        PATH: `${own}:${bin}`,
        HEARTBEAT_INSTANCE: 'i-1',
        HEARTBEAT_JITTER: '7',
        HEARTBEAT_TIMEOUT: '60',
      };
      const slept: number[] = [];
      for (let run = 0; run < 12; run++) {
        await writeFile(naps, '');
        expect(await runEmitter(shell, env)).toEqual(acknowledged);
        const seconds = (await readFile(naps, 'utf8')).trim().split('\n').map(Number);
        slept.push(seconds.filter((nap) => nap !== 61).reduce((sum, nap) => sum + nap, 0));
      }
      expect(Math.max(...slept)).toBeLessThanOrEqual(7);
      expect(new Set(slept).size).toBeGreaterThan(1);
    });
  });
});
