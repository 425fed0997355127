import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cloudEvent } from '../../service/contract/cloud-event.ts';
import type { EventFeed } from '../../service/http/routes/events.ts';
import { eventRoutes } from '../../service/http/routes/events.ts';
import { type Clock, systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { listenTo } from '../support/event-source.ts';
import { anEvent, someEvents } from '../support/events.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openTestStore } from '../support/open-store.ts';
import { randomQuery } from '../support/random-query.ts';
import { startRoutes } from '../support/route-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = '/api/v1/events/stream';

async function serving(options: { maxStreams?: number; clock?: Clock } = {}) {
  const { events } = await openTestStore(temporaryFolder());
  const stopping = new AbortController();
  let reads = 0;
  const feed: EventFeed = {
    ...events,
    read(afterSeq, limit) {
      reads += 1;
      return events.read(afterSeq, limit);
    },
  };
  const server = await startRoutes(
    eventRoutes({
      events: async () => ({ events: [] }),
      feed,
      maxStreams: 10,
      stopping: stopping.signal,
      clock: systemClock,
      log: createLog('silent'),
      ...options,
    }),
  );
  const listen = async (query = '', lastEventId?: string) => {
    const source = await listenTo(server.port, `${path}${query}`, lastEventId);
    await source.until(() => source.frames() > 0);
    return source;
  };
  return { events, listen, stop: () => stopping.abort(), reads: () => reads, ...server };
}

describe('GET /api/v1/events/stream', () => {
  it('sends events as they are stored, as CloudEvents', async () => {
    const { events, listen } = await serving();
    await events.append(someEvents(2));
    const source = await listen();
    const next = [anEvent({ reason: 'two\nlines\r\u2028' }), anEvent({ kind: 'component.down' })];
    await events.append(next);
    await source.until(() => source.events.length === 2);
    expect(source.events).toEqual(
      next.map((event) => ({
        id: event.id,
        type: event.kind,
        data: JSON.stringify(cloudEvent(event)),
      })),
    );
    expect([source.status, source.headers]).toMatchObject([
      200,
      { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    ]);
  });

  it('goes on behind the last event that was seen, by header or query', async () => {
    const { events, listen } = await serving();
    const all = someEvents(250);
    await events.append(all);
    const wanted = all.slice(40).map(({ id }) => id);
    const last = all[39]?.id ?? '';
    const sources = await Promise.all([
      listen('', last),
      listen(`?lastEventId=${last}`),
      // A browser that reconnects sends the header to its first address.
      listen(`?lastEventId=${all[3]?.id}`, last),
    ]);
    for (const source of sources) {
      await source.until(() => source.events.length === 210);
      expect(source.events.map(({ id }) => id)).toEqual(wanted);
    }
  });

  it('begins at a time, with `from`', async () => {
    const { events, listen } = await serving();
    const all = someEvents(20);
    await events.append(all);
    const source = await listen(`?from=${all[15]?.atMs}`);
    await source.until(() => source.events.length === 5);
    expect(source.events.map(({ id }) => id)).toEqual(all.slice(15).map(({ id }) => id));
  });

  it('gives a position before the first event, so that none is missed after it', async () => {
    const { events, listen } = await serving();
    const source = await listen();
    expect(source.lastEventId()).toBe('0'.repeat(26));
    source.disconnect();
    const all = someEvents(1);
    await events.append(all);
    const again = await listen('', source.lastEventId());
    await again.until(() => again.events.length === 1);
    expect((await listen()).lastEventId()).toBe(all[0]?.id);
  });

  it('goes on with the oldest that is kept, when what was seen last is not', async () => {
    const { events, listen } = await serving();
    const all = someEvents(20);
    await events.append(all);
    await events.expire(all[10]?.atMs ?? 0);
    for (const last of [all[3]?.id, all[9]?.id, '0'.repeat(26)]) {
      const source = await listen('', last);
      await source.until(() => source.events.length === 10);
      expect(source.events[0]?.id).toBe(all[10]?.id);
    }
  });

  it('sends a sign of life every 15 s, with the position of what did not pass the filter', async () => {
    const clock = createFakeClock();
    const { events, listen } = await serving({ clock });
    const source = await listen('?kind=late');
    await clock.advance(14_000);
    expect(source.frames()).toBe(1);
    await clock.advance(1_000);
    await source.until(() => source.frames() === 2);

    const all = someEvents(3);
    for (const event of all) {
      await events.append([event]);
      await clock.advance(10_000);
    }
    await source.until(() => source.frames() === 4);
    expect(source.events).toEqual([]);
    expect(all.map(({ id }) => id)).toContain(source.lastEventId());
  });

  it('waits for a reader that is slow, and keeps nothing for it in memory', async () => {
    const { events, listen, reads } = await serving();
    const fast = await listen();
    const slow = await listen();
    slow.pause();
    const all = someEvents(20_000).map((event) => ({ ...event, reason: 'x'.repeat(1_000) }));
    for (let at = 0; at < all.length; at += 2_000) await events.append(all.slice(at, at + 2_000));
    await fast.until(() => fast.events.length === all.length);
    const before = reads();
    await delay(200);
    // The fast one needs 200 reads; of more than 20 MB sockets hold a part.
    expect([reads() - before, before < 350]).toEqual([0, true]);
    slow.resume();
    await slow.until(() => slow.events.length === all.length);
    expect(slow.events.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  it('has a limit, and takes the next reader when one is gone', async () => {
    const { listen, get, port } = await serving({ maxStreams: 2 });
    const [one] = await Promise.all([listen(), listen()]);
    expect(await get(path)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10' },
      json: { code: 'too-many-streams' },
    });
    one.disconnect();
    for (let status = 503; status !== 200; await delay(10)) {
      const source = await listenTo(port, path);
      status = source.status;
    }
  });

  it('ends when the service stops, also for a reader that takes nothing', async () => {
    const { events, listen, stop, get, close } = await serving();
    const [well, stuck] = await Promise.all([listen(), listen()]);
    stuck.pause();
    const all = someEvents(20_000).map((event) => ({ ...event, reason: 'x'.repeat(1_000) }));
    await events.append(all);
    await well.until(() => well.events.length === all.length);
    stop();
    expect(await well.ended).toBe(true);
    expect(await get(path)).toMatchObject({ status: 503, json: { code: 'stopping' } });
    // Longer than a test may take: if a client hangs, the server does not.
    await close(120_000);
    stuck.resume();
    expect(await stuck.ended).toBe(false);
  });

  it('has no body for HEAD, and takes no place for it', async () => {
    const { request, listen } = await serving({ maxStreams: 1 });
    for (let n = 0; n < 3; n++) {
      expect(await request('HEAD', path)).toMatchObject({
        status: 200,
        headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      });
    }
    expect(await listen()).toMatchObject({ status: 200 });
  });

  it('refuses what is not right, by parameter', async () => {
    const { get, request } = await serving();
    expect(await get(`${path}?kind=no&limit=3&lastEventId=1`)).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'kind' }, { path: 'lastEventId' }, { path: 'limit' }] },
    });
    expect(await request('POST', path)).toMatchObject({ status: 405 });
  });

  it('responds to any query with 200 or 400', async () => {
    const { port, events, lines } = await serving({ maxStreams: 1_000 });
    await events.append(someEvents(5));
    const names = 'kind name version instance silenced from to text lastEventId'.split(' ');
    await fc.assert(
      fc.asyncProperty(
        randomQuery(names),
        fc.option(fc.stringMatching(/^[!-~]{0,40}$/)),
        async (query, id) => {
          const source = await listenTo(port, `${path}${query}`, id ?? undefined);
          expect([200, 400]).toContain(source.status);
          source.disconnect();
        },
      ),
      { numRuns: 300 },
    );
    expect(lines).toEqual([]);
  });
});
