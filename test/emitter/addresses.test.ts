import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from './receiver.ts';
import { createScratch, describeShells, fillMachine, runEmitter, settings } from './run.ts';

const scratch = createScratch();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

beforeEach(() => {
  receiver.received.length = 0;
  receiver.respond = () => undefined;
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

describeShells('the addresses of the emitter', ['curl'], (shell) => {
  const send = (address: string, more: Record<string, string> = {}) =>
    runEmitter(shell, { ...settings(address), HEARTBEAT_INSTANCE: 'i-1', ...more });
  const paths = () => receiver.received.map(({ path }) => path);

  it.each([
    ['ORIGIN', '/api/v1/heartbeats'],
    ['HOST', '/api/v1/heartbeats'],
    ['ORIGIN/', '/api/v1/heartbeats'],
    ['ORIGIN/beat', '/beat'],
    ['ORIGIN/behind/a/proxy', '/behind/a/proxy'],
    ['ORIGIN/prefix/api/v1/heartbeats', '/prefix/api/v1/heartbeats'],
  ])('%s sends to %s', async (address, path) => {
    const host = receiver.origin.replace('http://', '');
    const given = address.replace('ORIGIN', receiver.origin).replace('HOST', host);
    expect(await send(given)).toEqual({ exitCode: 0, out: '', err: '' });
    expect(paths()).toEqual([path]);
  });

  it.each(['a_b/c', 'a$b', 'a`b', '-o', 'http://a"b/', 'http://a\\b/', '  '])(
    'are checked: %j',
    async (address) => {
      const run = await send(address);
      expect(run).toMatchObject({ exitCode: 2, out: '' });
      expect(run.err).toMatch(/^GE_Heartbeat\.sh: HEARTBEAT_SERVICE_HOST .+\n$/);
    },
  );

  it('are tried in turn until one acknowledges', async () => {
    const { origin } = receiver;
    const all = `127.0.0.1:1 ${origin}/500 ${origin}/beat ${origin}/never`;
    expect(await send(all)).toEqual({ exitCode: 0, out: '', err: '' });
    expect(paths()).toEqual(['/500', '/beat']);
  });

  it('share the time where each of them hangs, and are all named', async () => {
    const { origin } = receiver;
    const before = Date.now();
    const run = await send(`${origin}/hang ${origin}/hang ${origin}/503`, {
      HEARTBEAT_TIMEOUT: '6',
    });
    expect(Date.now() - before).toBeLessThan(15_000);
    expect(run).toMatchObject({ exitCode: 1, out: '' });
    expect(run.err.match(/\/hang/g)).toHaveLength(2);
    expect(run.err).toContain('answered HTTP 503');
  });

  it('come from /etc/default/ge-heartbeat too, and the environment prevails', async () => {
    const root = await fillMachine(await scratch.folder(), {
      '/etc/default/ge-heartbeat': [
        '# a comment',
        '',
        `HEARTBEAT_SERVICE_HOST="${receiver.origin}"`,
        "export GENERIC_ENABLER_ID='A $(id) B'",
        'GENERIC_ENABLER_VERSION=1.0',
        'HEARTBEAT_TOKEN=from-file',
        'PATH=/nonexistent',
        'HEARTBEAT_INSTANCE=i-2',
      ].join('\n'),
    });
    const env = { HEARTBEAT_TEST_ROOT: root, GENERIC_ENABLER_VERSION: '2.0' };
    expect(await runEmitter(shell, env)).toEqual({ exitCode: 0, out: '', err: '' });
    const [sent] = receiver.received;
    expect(sent?.authorization).toBe('Bearer from-file');
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({
      name: 'A $(id) B',
      version: '2.0',
      instance: 'i-2',
    });
  });

  it.each([
    ['no assignment', 'line 1: not NAME=value'],
    ['$(id)=1', 'line 1: not NAME=value'],
    ['HEARTBEAT_TOKN=1', 'is not a setting'],
    ['GENERIC_ENABLER_ID=Orion\r', 'U+000D'],
  ])('are refused where /etc/default/ge-heartbeat has %j', async (line, message) => {
    const root = await fillMachine(await scratch.folder(), {
      '/etc/default/ge-heartbeat': `${line}\n`,
    });
    const run = await runEmitter(shell, {
      HEARTBEAT_TEST_ROOT: root,
      HEARTBEAT_SERVICE_HOST: 'a',
      GENERIC_ENABLER_VERSION: '1',
    });
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toContain(message);
  });

  it('do not need a clock with nanoseconds', async () => {
    const bin = await scratch.folder();
    const dates = { 'date-literal': '%N', 'date-empty': '' };
    for (const [folder, rest] of Object.entries(dates)) {
      await mkdir(join(bin, folder));
      const own = join(bin, folder, 'date');
      await writeFile(
        own,
        `#!/bin/sh\ncase $1 in +%s%N) echo "1796000000${rest}" ;; *) echo 1796000000 ;; esac\n`,
      );
      await chmod(own, 0o755);
      const run = await send(receiver.origin, {
        PATH: `${join(bin, folder)}:${process.env['PATH'] ?? ''}`,
      });
      expect(run).toEqual({ exitCode: 0, out: '', err: '' });
      expect(receiver.received.at(-1)?.body).toContain('"timestamp":"1796000000000"');
    }
  });
});
