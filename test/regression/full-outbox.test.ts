import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { histories, untilEvents } from '../support/event-reader.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { startPeer } from '../support/peer.ts';
import { startSender } from '../support/sender.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('A service whose outbox is full', () => {
  it('has no false alarm about instances whose heartbeats it rejects, and suspends the self-watch', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    // Nothing is ever delivered to this reader.
    store.heartbeats.reader('monasca');
    await store.heartbeats.append(someHeartbeats(1));
    await store.close();
    const watch = await startPeer();
    const service = await startService({
      HEARTBEAT_DATA_DIR: folder,
      HEARTBEAT_OUTBOX_MAX_RECORDS: '10',
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '10',
      HEARTBEAT_SELF_WATCH_URL: watch.url,
      HEARTBEAT_SELF_WATCH_EVERY_SECONDS: '1',
    });
    // Late after two seconds, down after four.
    const senders = ['a', 'b'].map((instance) => startSender(() => service.url, instance));
    await untilEvents(service.url, (events) => events.length >= 2);
    await delay(4_000);
    const pings = watch.received.length;
    await delay(4_000);
    const health = await (await fetch(`${service.url}/health`)).json();
    const told = histories(await untilEvents(service.url, () => true));
    await Promise.all(senders.map((sender) => sender.end()));
    await service.stop();
    await watch.stop();
    expect(told).toMatchObject({ a: ['started'], b: ['started'] });
    expect(health).toMatchObject({ ready: false, notReady: 'the outbox is full' });
    expect(JSON.stringify(health)).toMatch(/"blindSeconds":\{[^}]*"store":[1-9]/);
    expect(watch.received).toHaveLength(pings);
  }, 30_000);
});
