import { describe, expect, it } from '@jest/globals';
import { exchange, requestText } from '../support/raw-http.ts';
import { spawnService } from '../support/service.ts';

const heartbeat = '{"name":"orion","version":"1.0","instance":"c1"}';

describe('run', () => {
  it.each([
    ['an uncaught exception', 'throw new Error("boom")', { message: 'boom' }],
    ['an unhandled rejection', 'Promise.reject(new Error("boom"))', { message: 'boom' }],
    ['an unhandled rejection without a reason', 'Promise.reject()', undefined],
  ])('ends with 1 and a line of the log after %s', async (_, bug, error) => {
    // A bug on demand, by a signal without another use.
    const script = encodeURIComponent(`process.once('SIGWINCH', () => { ${bug} });`);
    const service = await spawnService({ NODE_OPTIONS: `--import=data:text/javascript,${script}` });
    const post = requestText('POST', '/api/v1/heartbeats', { body: heartbeat });
    expect(await exchange(service.port, post)).toMatchObject({ status: 202 });
    process.kill(service.pid, 'SIGWINCH');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const [fatal, last] = service.lines.slice(-2);
    expect(fatal).toMatchObject({ level: 'fatal', msg: expect.stringContaining('a bug') });
    if (error) expect(fatal).toMatchObject({ error });
    // The stop is orderly nevertheless.
    expect(last?.msg).toContain('stopped');
    await service.kill();
  });
});
