import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { histories, untilEvents } from '../support/event-reader.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { startSender } from '../support/sender.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';
import { until, untilResult } from '../support/until.ts';

describe('A service whose outbox is full', () => {
  it('has no false alarm about instances whose heartbeats it rejects, and suspends the self-watch', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    // A reader without deliveries.
    store.heartbeats.reader('monasca');
    await store.heartbeats.append(someHeartbeats(1));
    await store.close();
    const watch = await startTestServer();
    const service = await startService({
      HEARTBEAT_DATA_DIR: folder,
      HEARTBEAT_OUTBOX_MAX_RECORDS: '40',
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '10',
      HEARTBEAT_SELF_WATCH_URL: watch.url,
      HEARTBEAT_SELF_WATCH_EVERY_SECONDS: '1',
    });
    // Late after two seconds, down after four.
    const senders = ['a', 'b'].map((instance) => startSender(() => service.url, instance));
    await untilEvents(service.url, (events) => events.length >= 2);
    await until(() => watch.received.length > 0);
    const health = async () => Object(await (await fetch(`${service.url}/health`)).json());
    await untilResult(health, ({ notReady }) => notReady === 'the outbox is full');
    await delay(4_000);
    const pings = watch.received.length;
    await delay(4_000);
    const full = await health();
    const reported = histories(await untilEvents(service.url, () => true));
    await Promise.all(senders.map((sender) => sender.end()));
    await service.stop();
    await watch.stop();
    expect(reported).toMatchObject({ a: ['started'], b: ['started'] });
    expect(full).toMatchObject({ ready: false, notReady: 'the outbox is full' });
    expect(JSON.stringify(full)).toMatch(/"blindSeconds":\{[^}]*"store":[1-9]/);
    expect(watch.received).toHaveLength(pings);
  }, 60_000);
});
