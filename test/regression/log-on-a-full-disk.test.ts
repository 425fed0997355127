import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { exchange, requestText } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';
import { untilResult } from '../support/until.ts';

const main = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
const post = requestText('POST', '/api/v1/heartbeats', {
  body: '{"name":"orion","version":"1.0","instance":"c1"}',
});

describe('createLog', () => {
  it('neither stops nor ends a service whose standard output is on a full disk', async () => {
    const port = await freePort();
    const fullDisk = openSync('/dev/full', 'w');
    const service = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        HEARTBEAT_HTTP_PORT: String(port),
        HEARTBEAT_DATA_DIR: temporaryFolder(),
      },
      stdio: ['ignore', fullDisk, 'ignore'],
    });
    try {
      const exited = once(service, 'exit');
      expect(await statusOfFirstResponse(port)).toBe(202);
      service.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    } finally {
      service.kill('SIGKILL');
      closeSync(fullDisk);
    }
  });
});

/** Posts until the service responds, because its log cannot report when it listens. */
async function statusOfFirstResponse(port: number): Promise<number | undefined> {
  const attempt = () => exchange(port, post).catch(() => undefined);
  return (await untilResult(attempt, (answer) => answer !== undefined))?.status;
}
