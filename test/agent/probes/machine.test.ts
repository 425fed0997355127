import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCommandProbe } from '../../../service/agent/probes/command.ts';
import { createFileProbe } from '../../../service/agent/probes/file.ts';
import { type Probe, runProbe } from '../../../service/agent/probes/probe.ts';
import { createProcessProbe } from '../../../service/agent/probes/process.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

const run = (probe: Probe, timeoutMs = 5_000) =>
  runProbe(probe, { timeoutMs, late: 'unknown', signal: new AbortController().signal });

const ok = { kind: 'ok' };
const notOk = (message: string) => ({ kind: 'not_ok', message });
const unknown = (text: string) => ({ kind: 'unknown', message: expect.stringContaining(text) });

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('createFileProbe', () => {
  it('is OK while the file is young enough', async () => {
    const path = join(folder, 'stamp');
    const probe = createFileProbe({ path, maxAgeSeconds: 60 }, systemClock);
    expect(await run(probe)).toEqual(notOk('the file does not exist'));
    writeFileSync(path, '');
    expect(await run(probe)).toEqual(ok);
    const before = Date.now() / 1_000 - 90;
    utimesSync(path, before, before);
    expect(await run(probe)).toEqual({
      kind: 'not_ok',
      message: expect.stringMatching(/^modified 9\d s ago$/),
    });
  });

  it('is unknown when the file cannot be reached', async () => {
    const path = join(folder, 'x'.repeat(300));
    expect(await run(createFileProbe({ path, maxAgeSeconds: 60 }, systemClock))).toEqual(
      unknown('ENAMETOOLONG'),
    );
  });
});

describe('createProcessProbe', () => {
  const probe = (processName?: string) =>
    createProcessProbe({ pidFile: join(folder, 'pid'), processName });
  const write = (text: string | number | undefined) =>
    writeFileSync(join(folder, 'pid'), `${text}\n`);

  it('is OK while the process runs, and has the right name', async () => {
    expect(await run(probe())).toEqual(notOk('the pid file does not exist'));
    const child = spawn('sleep', ['60']);
    children.push(child);
    write(child.pid);
    expect(await run(probe())).toEqual(ok);
    expect(await run(probe('sleep'))).toEqual(ok);
    expect(await run(probe('nginx'))).toEqual(notOk(`process ${child.pid} is sleep`));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await run(probe('sleep'))).toEqual(notOk(`no process ${child.pid}`));
  });

  it('is OK for a process of another user', async () => {
    write(1);
    expect(await run(probe())).toEqual(ok);
  });

  it('is not OK for a process that has ended and whose parent does not notice', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
    children.push(parent);
    const [bytes] = await once(parent.stdout, 'data');
    write(Number(String(bytes)));
    await until(async () => (await run(probe())).kind === 'not_ok');
    expect(await run(probe())).toEqual(notOk(`process ${Number(String(bytes))} has ended`));
  });

  it.each(['', 'nginx', '-1', '0', '1 2', '99999999999999'])(
    'is unknown for a pid file with %j',
    async (text) => {
      write(text);
      expect(await run(probe())).toEqual(unknown('has no process number'));
    },
  );

  it('is unknown when the pid file cannot be read', async () => {
    mkdirSync(join(folder, 'pid'));
    expect(await run(probe())).toEqual(unknown('EISDIR'));
  });
});

describe('createCommandProbe', () => {
  const shell = (script: string) => createCommandProbe(['sh', '-c', script]);

  it('is OK for exit code 0, and quotes the first line otherwise', async () => {
    expect(await run(shell('exit 0'))).toEqual(ok);
    expect(await run(shell('echo "CRITICAL: 3 of 5 down"; echo more; exit 2'))).toEqual(
      notOk('exit code 2: CRITICAL: 3 of 5 down'),
    );
    expect(await run(shell('printf "\\033[31mred\\n" >&2; exit 1'))).toEqual(
      notOk('exit code 1: [31mred'),
    );
    expect(await run(shell('yes | head -c 1000000; exit 1'))).toEqual(notOk('exit code 1: y'));
  });

  it('is unknown when the command cannot run or found nothing', async () => {
    expect(await run(createCommandProbe([join(folder, 'absent')]))).toEqual(unknown('ENOENT'));
    const file = join(folder, 'script');
    writeFileSync(file, '#!/nowhere\n');
    chmodSync(file, 0o755);
    expect(await run(createCommandProbe([file]))).toEqual(unknown('ENOENT'));
    expect(await run(shell('exit 3'))).toEqual(unknown('exit code 3'));
    expect(await run(shell('/nowhere/program'))).toEqual(unknown('exit code 127'));
    expect(await run(shell('kill -9 $$'))).toEqual(unknown('SIGKILL'));
  });

  it('kills a command that takes too long, with all that it has started', async () => {
    const pidFile = join(folder, 'pid');
    const probe = shell(`sleep 61 & echo $! > ${pidFile}; wait`);
    expect(await run(probe, 500)).toEqual(unknown('no result within 0.5 s'));
    const left = createProcessProbe({ pidFile, processName: 'sleep' });
    await until(async () => (await run(left)).kind === 'not_ok');
  });

  it('does not wait for a process that the command leaves behind', async () => {
    const pidFile = join(folder, 'pid');
    expect(await run(shell(`sleep 61 & echo $! > ${pidFile}; exit 0`), 3_000)).toEqual(ok);
    expect(await run(createProcessProbe({ pidFile, processName: 'sleep' }))).toEqual(ok);
    await run(shell(`kill $(cat ${pidFile})`));
  });

  it('does not pass the token on', async () => {
    process.env['HEARTBEAT_TOKEN'] = 'hb_test_secret';
    const result = await run(shell('test -z "$HEARTBEAT_TOKEN"'));
    delete process.env['HEARTBEAT_TOKEN'];
    expect(result).toEqual(ok);
  });
});
