import { describe, expect, it } from '@jest/globals';
import { exchange, requestText } from '../support/raw-http.ts';
import { spawnService } from '../support/service.ts';

const heartbeat = '{"name":"orion","version":"1.0","instance":"c1"}';

describe('run', () => {
  it.each([
    ['an exception that nobody caught', 'throw new Error("boom")', { message: 'boom' }],
    ['a rejection that nobody caught', 'Promise.reject(new Error("boom"))', { message: 'boom' }],
    ['a rejection with nothing', 'Promise.reject()', undefined],
  ])('ends with 1 and a line of the log after %s', async (_, bug, error) => {
    // A bug on demand, by a signal that nobody uses.
    const script = encodeURIComponent(`process.once('SIGWINCH', () => { ${bug} });`);
    const service = await spawnService({ NODE_OPTIONS: `--import=data:text/javascript,${script}` });
    const post = requestText('POST', '/api/v1/heartbeats', { body: heartbeat });
    expect(await exchange(service.port, post)).toMatchObject({ status: 202 });
    process.kill(service.pid, 'SIGWINCH');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const [fatal, last] = service.lines.slice(-2);
    expect(fatal).toMatchObject({ level: 'fatal', msg: expect.stringContaining('a bug') });
    if (error) expect(fatal).toMatchObject({ error });
    // In an orderly way all the same.
    expect(last?.msg).toContain('stopped');
    await service.kill();
  });
});
