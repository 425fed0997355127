import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { portProblems } from '../../demo/stack/ports.ts';
import { startProcess } from '../../demo/stack/process.ts';
import { startSelfWatch } from '../../demo/stack/self-watch.ts';
import { describeLogLine, readLogLine } from '../../demo/stack/service-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('portProblems', () => {
  it('has none where the ports are free', async () => {
    expect(await portProblems({ service: 0, keystone: 0, monasca: 0 })).toEqual([]);
  });

  it('names the option of a port that is in use, and of one that is meant twice', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await portProblems({ service: port, keystone: 0, monasca: port })).toEqual([
      `Port ${port} is in use; choose another one for the service with --service-port.`,
      `Port ${port} is already meant for the service; choose another one for Monasca with --monasca-port.`,
    ]);
    server.close();
  });
});

function start(code: string) {
  const folder = temporaryFolder();
  const program = join(folder, 'program.mjs');
  const logFile = join(folder, 'program.log');
  writeFileSync(program, code);
  const options = { name: 'The program', program, args: [], env: process.env, logFile };
  return { logFile, started: startProcess(options) };
}

const forever = 'setInterval(() => {}, 1000);';
const any = (line: string) => line;

describe('startProcess', () => {
  it('waits for a line, and keeps all of them in the log file', async () => {
    const { started, logFile } = start(`console.log('a'); console.error('url x'); ${forever}`);
    expect(await started.waitFor((line) => /url (\w)/.exec(line)?.[1], 30_000)).toBe('x');
    await started.stop(30_000);
    expect(readFileSync(logFile, 'utf8').split('\n').toSorted()).toEqual(['', 'a', 'url x']);
  });

  it('tells of a death with the last lines', async () => {
    const { started, logFile } = start(
      "for (let n = 1; n < 30; n++) console.log('line', n); process.exitCode = 3;",
    );
    await expect(started.died).rejects.toThrow(
      `The program ended with exit code 3. Its last lines, from ${logFile}:\n  line 20\n`,
    );
    await expect(started.waitFor(any, 30_000)).rejects.toThrow('The program ended');
  });

  it('does not wait for ever', async () => {
    const { started } = start(forever);
    await expect(started.waitFor(any, 50)).rejects.toThrow(
      /^The program is not ready after 0 s\. It printed nothing to /,
    );
    await started.stop(30_000);
  });

  it('ends by force what does not end, and calls that no death', async () => {
    const { started } = start(`process.on('SIGTERM', () => {}); console.log('up'); ${forever}`);
    await started.waitFor(any, 30_000);
    await started.stop(50);
    const death = await Promise.race([started.died, Promise.resolve('none')]);
    expect(death).toBe('none');
    expect(() => process.kill(started.pid, 0)).toThrow('ESRCH');
  });
});

describe('startSelfWatch', () => {
  it('counts the pings, and remembers when the last one came', async () => {
    const watch = await startSelfWatch();
    expect([watch.pings, watch.lastAtMs]).toEqual([0, undefined]);
    const sinceMs = Date.now();
    const { status } = await fetch(watch.url);
    expect([status, watch.pings]).toEqual([204, 1]);
    expect(watch.lastAtMs).toBeGreaterThanOrEqual(sinceMs);
    watch.close();
    await expect(fetch(watch.url)).rejects.toThrow();
  });
});

describe('readLogLine', () => {
  it('reads lines of the log, and nothing else', () => {
    expect(readLogLine('{"level":"info","msg":"listening","url":"u","x":1}')).toEqual({
      level: 'info',
      msg: 'listening',
      url: 'u',
    });
    for (const text of ['', 'text', '{', '{"level":"info"}', '[]']) {
      expect(readLogLine(text)).toBeUndefined();
    }
  });
});

describe('describeLogLine', () => {
  it('tells the message with its duration and detail', () => {
    const line = { level: 'info', msg: 'works', durationMs: 3_164 };
    expect(describeLogLine(line)).toBe('works after 3.2 s');
    expect(describeLogLine({ level: 'warn', msg: 'fails', detail: 'why' })).toBe('fails (why)');
  });
});
