import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeConnections, connect, requestText } from '../support/raw-http.ts';
import { runService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const main = fileURLToPath(new URL('../../service/main.ts', import.meta.url));

afterEach(closeConnections);

describe('run', () => {
  it('handles a signal that arrives before the service has started', async () => {
    const folder = temporaryFolder();
    // The writer of the file delays the start until the test ends its transaction.
    const other = new DatabaseSync(join(folder, 'heartbeat.sqlite'));
    other.exec('CREATE TABLE other (x); BEGIN EXCLUSIVE');
    const service = spawn(process.execPath, [main], {
      env: { ...process.env, HEARTBEAT_HTTP_PORT: '0', HEARTBEAT_DATA_DIR: folder },
      stdio: 'ignore',
    });
    try {
      const exited = once(service, 'exit');
      await until(() => existsSync(join(folder, 'lock.sqlite')));
      service.kill('SIGTERM');
      other.exec('ROLLBACK');
      // Not ended by the signal, but stopped because of it.
      expect(await exited).toEqual([0, null]);
    } finally {
      service.kill('SIGKILL');
      other.close();
    }
  });

  it('ends at once at the second signal', async () => {
    const service = await spawnService({ HEARTBEAT_STOP_DRAIN_SECONDS: '600' });
    const connection = await connect(service.port);
    connection.send(requestText('POST', '/beat', { body: 'never whole' }).slice(0, -3));
    // Its response proves that the service has read the request before it.
    const other = await connect(service.port);
    other.send(requestText('GET', '/health/live'));
    await other.answer();

    process.kill(service.pid, 'SIGTERM');
    await other.closed;
    process.kill(service.pid, 'SIGTERM');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.lines.at(-1)).toMatchObject({
      level: 'warn',
      msg: 'a second signal: the process ends at once',
    });
    await service.kill();
  });

  it.each(['[::1]', '192.0.2.1'])(
    'logs in one line that it cannot listen on %s, and ends with 1',
    async (host) => {
      const { code, lines } = await runService({
        HEARTBEAT_HTTP_HOST: host,
        HEARTBEAT_AUTH_OPEN: 'true',
      });
      expect(code).toBe(1);
      expect(lines.map(({ level }) => level)).toEqual(['warn', 'fatal']);
      expect(lines.at(-1)?.msg).toContain(`cannot listen on ${host}, port 0: set http.host`);
    },
  );
});
