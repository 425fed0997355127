import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cloudEvent, cloudEventSchema } from '../../service/contract/cloud-event.ts';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { eventRoutes } from '../../service/http/routes/events.ts';
import { createEventPages } from '../../service/query/events.ts';
import { createSlicer } from '../../service/runtime/concurrency/slicer.ts';
import { createLog } from '../../service/runtime/log.ts';
import { anEvent, someEvents } from '../support/events.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openTestStore } from '../support/open-store.ts';
import { randomQuery } from '../support/random-query.ts';
import { startRoutes } from '../support/route-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = '/api/v1/events';

async function serving(all: readonly LivenessEvent[] = []) {
  const { events } = await openTestStore(temporaryFolder());
  await events.append(all);
  const server = await startRoutes(
    eventRoutes({
      events: createEventPages(events.scan, createSlicer()),
      feed: events,
      maxStreams: 2,
      stopping: new AbortController().signal,
      clock: createFakeClock(1_767_225_700_000),
      log: createLog('silent'),
    }),
  );
  return { events, ...server };
}

describe('GET /api/v1/events', () => {
  it('gives the newest events first, as CloudEvents', async () => {
    const all = someEvents(3);
    const { get } = await serving(all);
    const { status, headers, json } = await get(path);
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json).toEqual({ events: all.toReversed().map((event) => cloudEvent(event)) });
    expect(cloudEventSchema.array().parse(Object(json).events)).toHaveLength(3);
  });

  it('is empty when nothing happened', async () => {
    expect(await (await serving()).get(path)).toMatchObject({ status: 200, json: { events: [] } });
  });

  it('filters, and goes from page to page by the cursor', async () => {
    const others = someEvents(40).map((event) => ({ ...event, kind: 'late' as const }));
    const wanted = someEvents(25, 41);
    const { get } = await serving([...others, ...wanted]);
    const query = '?kind=down&name=Or*&instance=i-*&from=now-1h&to=now&text=HEARTBEAT&limit=10';
    const ids: string[] = [];
    const lengths: number[] = [];
    for (let cursor = '', more = true; more; more = cursor !== '') {
      const { json } = await get(`${path}${query}&order=ascending&cursor=${cursor}`);
      const { events, next = '' } = Object(json);
      ids.push(
        ...cloudEventSchema
          .array()
          .parse(events)
          .map(({ id }) => id),
      );
      lengths.push(events.length);
      cursor = next;
    }
    expect(ids).toEqual(wanted.map(({ id }) => id));
    expect(lengths).toEqual([10, 10, 5]);
  });

  it('returns the fault of each parameter', async () => {
    const { get } = await serving();
    const { status, headers, json } = await get(`${path}?kind=no&limit=0&form=now`);
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(json).toMatchObject({
      code: 'invalid-parameter',
      detail: expect.stringContaining('limit: expected a whole number from 1 to 1000; got "0".'),
      errors: [
        { path: 'kind', got: '"no"' },
        { path: 'limit', expected: 'a whole number from 1 to 1000', got: '"0"' },
        { path: 'form', expected: expect.stringContaining('no such parameter') },
      ],
    });
  });

  it('responds to any query with 200 or 400', async () => {
    const { get, lines } = await serving([...someEvents(5), anEvent({ subject: undefined })]);
    const names = 'kind name version instance silenced from to text order limit cursor'.split(' ');
    await fc.assert(
      fc.asyncProperty(randomQuery(names), async (query) => {
        const { status } = await get(`${path}${query}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 400 },
    );
    expect(lines).toEqual([]);
  });

  it('allows reading only', async () => {
    const { request } = await serving();
    expect(await request('DELETE', path)).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(await request('HEAD', path)).toMatchObject({ status: 200 });
  });
});
