import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSelfWatch } from '../../../service/liveness/monitoring/self-watch.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { startTestServer, type TestServer, unfinished } from '../../support/test-server.ts';

describe('createSelfWatch', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.stop());

  it.each(unfinished)('is up when the body of a 200 is %s', async (how) => {
    server.react({ status: 200, unfinished: how });
    const clock = createFakeClock();
    const { log, lines } = createRecordedLog();
    const watch = createSelfWatch({ url: server.url, everySeconds: 1 }, { clock, log });
    watch?.evaluated();
    while (watch?.health()['lastSuccess'] === undefined && lines.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(lines).toEqual([]);
    expect(watch?.health()).toMatchObject({ status: 'up' });
  });
});
