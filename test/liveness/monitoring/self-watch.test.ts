import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSelfWatch } from '../../../service/liveness/monitoring/self-watch.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type Peer, startPeer, unfinished } from '../../support/peer.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

describe('createSelfWatch', () => {
  let peer: Peer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.stop());

  it.each(unfinished)('is up when the body of a 200 is %s', async (how) => {
    peer.react({ status: 200, unfinished: how });
    const clock = createFakeClock();
    const { log, lines } = createRecordedLog();
    const watch = createSelfWatch({ url: peer.url, everySeconds: 1 }, { clock, log });
    watch?.evaluated();
    while (watch?.health()['lastSuccess'] === undefined && lines.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(lines).toEqual([]);
    expect(watch?.health()).toMatchObject({ status: 'up' });
  });
});
