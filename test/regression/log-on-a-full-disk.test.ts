import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../support/peer.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const main = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
const post = requestText('POST', '/api/v1/heartbeats', {
  body: '{"name":"orion","version":"1.0","instance":"c1"}',
});

describe('createLog', () => {
  it('neither stops nor ends a service whose standard output is on a full disk', async () => {
    const port = await freePort();
    const service = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        HEARTBEAT_HTTP_PORT: String(port),
        HEARTBEAT_DATA_DIR: temporaryFolder(),
      },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'ignore'],
    });
    try {
      const exited = once(service, 'exit');
      expect(await untilAnswered(port)).toBe(202);
      service.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    } finally {
      service.kill('SIGKILL');
    }
  });
});

/** The service says nothing, so it is asked until it answers. */
async function untilAnswered(port: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await exchange(port, post).catch(() => undefined);
    if (answer) return answer.status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the service does not answer');
}
