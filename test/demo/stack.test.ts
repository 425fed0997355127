import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { portProblem } from '../../demo/stack/port.ts';
import { startProcess } from '../../demo/stack/process.ts';
import { startMonitor } from '../../demo/stack/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('portProblem', () => {
  it('has none if the port is free', async () => {
    expect(await portProblem(0)).toBeUndefined();
  });

  it('names a port that is in use, and the option for another one', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await portProblem(port)).toBe(
      `Port ${port} is in use. Choose another one with --port, or --port 0 for any free one.`,
    );
    server.close();
  });
});

function start(code: string) {
  const folder = temporaryFolder();
  const program = join(folder, 'program.mjs');
  const logFile = join(folder, 'program.log');
  writeFileSync(program, code);
  return { logFile, started: startProcess('The program', program, [], process.env, logFile) };
}

const forever = 'setInterval(() => {}, 1000);';
const any = /(.*)/;

describe('startProcess', () => {
  it('waits for a line, and keeps all of them in the log file', async () => {
    const { started, logFile } = start(`console.log('a'); console.error('url x'); ${forever}`);
    expect(await started.waitFor(/url (\w)/, 30_000)).toBe('x');
    await started.stop(30_000);
    expect(readFileSync(logFile, 'utf8').split('\n').toSorted()).toEqual(['', 'a', 'url x']);
  });

  it('reports an unexpected end with the last lines', async () => {
    const { started, logFile } = start(
      "for (let n = 1; n < 30; n++) console.log('line', n); process.exitCode = 3;",
    );
    await expect(started.died).rejects.toThrow(
      `The program ended with exit code 3. Its last lines, from ${logFile}: \n  line 20\n`,
    );
    await expect(started.waitFor(any, 30_000)).rejects.toThrow('The program ended');
  });

  it('waits no longer than it should', async () => {
    const { started } = start(forever);
    await expect(started.waitFor(any, 50)).rejects.toThrow(
      /^The program is not ready after 50 ms\. Its last lines, from .*: nothing$/,
    );
    await started.stop(30_000);
  });

  it('kills a process that does not end, and does not report that', async () => {
    const { started } = start(`process.on('SIGTERM', () => {}); console.log('up'); ${forever}`);
    await started.waitFor(any, 30_000);
    await started.stop(50);
    const end = await Promise.race([started.died, Promise.resolve('none')]);
    expect(end).toBe('none');
    expect(() => process.kill(started.pid, 0)).toThrow('ESRCH');
  });
});

describe('startMonitor', () => {
  it('knows how long ago the last request was', async () => {
    const monitor = await startMonitor();
    expect(monitor.secondsAgo()).toBeUndefined();
    const { status } = await fetch(monitor.url);
    expect(status).toBe(204);
    expect(monitor.secondsAgo()).toBeLessThan(30);
    monitor.close();
    await expect(fetch(monitor.url)).rejects.toThrow();
  });
});
