import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Identity } from '../../service/contract/instance.ts';
import { instanceRoutes } from '../../service/http/routes/instances.ts';
import { eventMatcher } from '../../service/query/events.ts';
import { InstanceQueries } from '../../service/query/instances/queries.ts';
import { createSlicer } from '../../service/runtime/concurrency/slicer.ts';
import { StoreUnavailable } from '../../service/store/failure.ts';
import { anEvent } from '../support/events.ts';
import { anInstance, instanceSources } from '../support/instances.ts';
import { randomQuery } from '../support/random-query.ts';
import { startRoutes } from '../support/route-server.ts';

const path = '/api/v1/instances';
const pathOf = ({ name, version, instance }: Identity) =>
  [path, ...[name, version, instance].map(encodeURIComponent)].join('/');

const nowMs = Date.parse('2026-01-02T00:00:00Z');
const hour = 3_600_000;
const presences = [
  { fromMs: nowMs - 48 * hour, toMs: nowMs - 30 * hour, reachMs: nowMs - 29 * hour },
  { fromMs: nowMs - 25 * hour, toMs: nowMs - 10 * hour, reachMs: nowMs - 9 * hour },
  { fromMs: nowMs - 2 * hour, toMs: nowMs - 60_000, reachMs: nowMs + 60_000 },
];
const events = [
  anEvent({ atMs: nowMs - hour }),
  anEvent({ atMs: nowMs - 90 * hour }),
  anEvent({ atMs: nowMs - hour, subject: { name: 'Orion', version: '1.0', instance: 'i-10' } }),
];

async function serving() {
  const sources = instanceSources();
  const { registry } = sources;
  const retired: Identity[] = [];
  let isBroken = false;
  const server = await startRoutes(
    instanceRoutes({
      instances: new InstanceQueries(sources, createSlicer()),
      now: () => nowMs,
      retentionMs: nowMs,
      presencesOf: async (_identity, fromMs, toMs) =>
        presences.filter((presence) => presence.fromMs <= toMs && presence.reachMs >= fromMs),
      events: async (query) => ({ events: events.filter(eventMatcher(query.filter)) }),
      async retireAll(identities) {
        if (isBroken) throw new StoreUnavailable({ reason: 'full', detail: 'no space' });
        retired.push(...identities);
        return identities.length;
      },
      async retire(identity) {
        if (isBroken) throw new StoreUnavailable({ reason: 'full', detail: 'no space' });
        const ref = registry.find(identity);
        if (ref === undefined) return false;
        registry.remove(ref);
        retired.push(identity);
        return true;
      },
    }),
  );
  return {
    registry,
    retired,
    breakStore: () => {
      isBroken = true;
    },
    ...server,
  };
}

const shown = {
  name: 'Orion',
  version: '1.0',
  instance: 'i-1',
  state: 'up',
  stateSince: '2026-01-01T00:00:00.000Z',
  lastBeat: '2026-01-01T00:01:40.000Z',
  ageSeconds: 15,
  interval: 30,
  lateSeconds: 60,
  downSeconds: 120,
  firstSeen: '2025-12-31T23:58:20.000Z',
  presentSince: '2025-12-31T23:59:10.000Z',
};

describe('GET /api/v1/instances', () => {
  it('describes each instance', async () => {
    const { registry, get } = await serving();
    expect(await get(path)).toMatchObject({ status: 200, json: { instances: [] } });
    registry.add(anInstance());
    registry.add(anInstance({ instance: 'i-2', state: 'down', intervalSeconds: 0 }));
    const { json } = await get(path);
    const { interval: _, presentSince: __, ...down } = shown;
    expect(json).toEqual({
      instances: [
        shown,
        { ...down, instance: 'i-2', state: 'down', lateSeconds: 0, downSeconds: 0 },
      ],
    });
  });

  it('filters, and goes from page to page by the cursor', async () => {
    const { registry, get } = await serving();
    for (let n = 0; n < 40; n++) {
      registry.add(anInstance({ instance: `i-${n}`, state: n % 2 === 0 ? 'late' : 'up' }));
    }
    for (const sort of ['key', 'none']) {
      const found: unknown[] = [];
      for (let cursor = '', more = true; more; more = cursor !== '') {
        const { json } = await get(
          `${path}?state=late&name=Or*&sort=${sort}&limit=7&cursor=${cursor}`,
        );
        const { instances, next = '' } = Object(json);
        found.push(...instances.map((one: unknown) => Object(one).instance));
        cursor = next;
      }
      expect(new Set(found).size).toBe(20);
      expect(found).toHaveLength(20);
    }
  });

  it('responds to any query with 200 or 400', async () => {
    const { registry, get, lines } = await serving();
    for (let n = 0; n < 5; n++) registry.add(anInstance({ instance: `i-${n}` }));
    const names = 'state name version instance sort limit cursor'.split(' ');
    await fc.assert(
      fc.asyncProperty(randomQuery(names), async (query) => {
        const { status } = await get(`${path}${query}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 400 },
    );
    expect(lines).toEqual([]);
  });
});

describe('GET /api/v1/instances/{name}/{version}/{instance}', () => {
  it('describes one instance', async () => {
    const { registry, get } = await serving();
    registry.add(anInstance());
    expect(await get(`${path}/Orion/1.0/i-1`)).toMatchObject({ status: 200, json: shown });
    expect(await get(`${path}/Orion/1.0/i-2`)).toMatchObject({
      status: 404,
      json: { code: 'not-found', detail: 'No instance "Orion", "1.0", "i-2" is known.' },
    });
  });

  it('includes its past in a period', async () => {
    const { registry, get } = await serving();
    registry.add(anInstance());
    const one = `${path}/Orion/1.0/i-1`;
    expect((await get(one)).json).toEqual(shown);
    const { json } = await get(`${one}?include=presences,events&from=now-1d`);
    expect(json).toEqual({
      ...shown,
      presences: [
        { from: '2026-01-01T22:00:00.000Z', to: '2026-01-01T23:59:00.000Z', isOver: false },
        { from: '2025-12-31T23:00:00.000Z', to: '2026-01-01T14:00:00.000Z', isOver: true },
      ],
      events: [expect.objectContaining({ time: '2026-01-01T23:00:00.000Z' })],
    });
    expect(await get(`${one}?include=past`)).toMatchObject({ status: 400 });
    expect(await get(`${one}?from=x`)).toMatchObject({ status: 400 });
  });

  it('finds every identity by its percent-encoded parts', async () => {
    const { registry, get } = await serving();
    // Clients take a part that is nothing but dots for a step in the path.
    const part = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/^\.+$/.test(text));
    await fc.assert(
      fc.asyncProperty(part, part, part, async (name, version, instance) => {
        const identity = { name, version, instance };
        if (registry.find(identity) === undefined) registry.add(anInstance(identity));
        expect(await get(pathOf(identity))).toMatchObject({ status: 200, json: identity });
      }),
      { numRuns: 200 },
    );
  });

  it('never fails for a path that is strange', async () => {
    const { get, request, lines } = await serving();
    for (const strange of ['%', '%ff', '%00', '%2F', '..', '%2E', '+', 'a'.repeat(3_000)]) {
      const target = `${path}/${strange}/${strange}/${strange}`;
      expect(await get(target)).toMatchObject({ status: 404 });
      expect(await request('DELETE', target)).toMatchObject({ status: 404 });
    }
    expect(await get(`${path}/a/b`)).toMatchObject({ status: 404 });
    expect(await request('POST', `${path}/a/b/c`)).toMatchObject({ status: 405 });
    expect(lines).toEqual([]);
  });
});

describe('DELETE /api/v1/instances/{name}/{version}/{instance}', () => {
  it('retires one, once', async () => {
    const { registry, retired, request } = await serving();
    const identity = { name: 'Orion LD', version: '1/2', instance: 'ä' };
    registry.add(anInstance(identity));
    expect(await request('DELETE', pathOf(identity))).toMatchObject({ status: 204 });
    expect(await request('DELETE', pathOf(identity))).toMatchObject({ status: 404 });
    expect(retired).toEqual([identity]);
  });

  it('says so when the store cannot write now', async () => {
    const { request, breakStore } = await serving();
    breakStore();
    expect(await request('DELETE', `${path}/a/b/c`)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      json: { code: 'store-unavailable', detail: 'the store is unavailable: no space' },
    });
  });
});

describe('GET and DELETE /api/v1/instance', () => {
  it('name the instance by parameters, with any characters', async () => {
    const { registry, retired, request } = await serving();
    const identity = { name: 'a/b', version: '1/0?', instance: 'c/../d%2F' };
    registry.add(anInstance(identity));
    const target = `/api/v1/instance?${new URLSearchParams(identity)}`;
    expect(await request('GET', target)).toMatchObject({ status: 200, json: identity });
    expect(await request('GET', `${target}&include=events`)).toMatchObject({
      json: { ...identity, events: expect.any(Array) },
    });
    expect(await request('DELETE', target)).toMatchObject({ status: 204 });
    expect(await request('GET', target)).toMatchObject({ status: 404 });
    expect(retired).toEqual([identity]);
  });

  it('need all three of them', async () => {
    const { request } = await serving();
    for (const method of ['GET', 'DELETE']) {
      expect(await request(method, '/api/v1/instance?name=a')).toMatchObject({
        status: 400,
        json: { errors: [{ path: 'version' }, { path: 'instance' }] },
      });
    }
  });
});

describe('GET /api/v1/instances, in other formats', () => {
  it('has all instances as NDJSON and CSV, without pages unless there is a limit', async () => {
    const { registry, port } = await serving();
    for (let n = 0; n < 1_234; n++) registry.add(anInstance({ instance: `i-${n}`, id: n + 1 }));
    const ask = (query: string) => fetch(`http://127.0.0.1:${port}${path}?${query}`);
    const csv = (await (await ask('format=csv')).text()).trimEnd().split('\n');
    expect(csv[0]).toBe(
      [...Object.keys(shown), 'skewSeconds', 'status', 'statusMessage'].join(','),
    );
    expect(csv[1]).toBe(`${Object.values(shown).join(',').replace('i-1', 'i-0')},,,`);
    expect(new Set(csv).size).toBe(1_235);
    const ordered = (await (await ask('format=ndjson&sort=instance&order=descending')).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).instance);
    expect(ordered.slice(0, 2)).toEqual(['i-999', 'i-998']);
    expect(ordered).toHaveLength(1_234);

    const first = `http://127.0.0.1:${port}${path}?format=csv&limit=500&text=I-`;
    const paged: string[] = [];
    for (let target: string | undefined = first; target !== undefined; ) {
      const answer: Response = await fetch(target);
      paged.push(...(await answer.text()).trimEnd().split('\n').slice(1));
      const link = /<(.*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
      // Relative to the request: before a proxy the path may have a prefix.
      expect(link ?? '?').toMatch(/^\?/);
      target = link && new URL(link, target).href;
    }
    expect(new Set(paged).size).toBe(1_234);
    expect(paged).toHaveLength(1_234);
  });
});

describe('DELETE /api/v1/instances', () => {
  async function begin() {
    const served = await serving();
    for (const instance of ['a', 'b', 'c']) {
      served.registry.add(anInstance({ instance, state: 'down' }));
    }
    served.registry.add(anInstance({ instance: 'gone', state: 'retired' }));
    served.registry.add(anInstance({ name: 'Perseo', instance: 'p' }));
    const retireAll = async (query: string) => {
      const address = `http://127.0.0.1:${served.port}${path}?${query}`;
      const response = await fetch(address, { method: 'DELETE' });
      return { status: response.status, body: await response.json() };
    };
    return { ...served, retireAll };
  }

  it('counts what matches in a dry run, and retires it if the number is the expected one', async () => {
    const { retireAll, retired } = await begin();
    const some = ['a', 'b', 'c'].map((instance) => ({ name: 'Orion', version: '1.0', instance }));
    expect(await retireAll('name=Or*&dryRun=true')).toEqual({
      status: 200,
      body: { matched: 3, retired: 0, instances: some },
    });
    expect(await retireAll('name=Or*&expect=2')).toMatchObject({
      status: 409,
      body: { code: 'count-differs', detail: '3 instances match, and not 2. None was retired.' },
    });
    expect(retired).toEqual([]);
    expect(await retireAll('name=Or*&state=down&expect=3')).toEqual({
      status: 200,
      body: { matched: 3, retired: 3, instances: some },
    });
    expect(retired).toEqual(some);
  });

  it.each([
    '',
    'expect=5',
    'name=*&expect=5',
    'name=Orion',
    'name=Orion&expect=-1',
    'nam=x&dryRun=true',
  ])('retires nothing without a filter and a number: %j', async (query) => {
    const { retireAll, retired } = await begin();
    expect(await retireAll(query)).toMatchObject({
      status: 400,
      body: { code: 'invalid-parameter' },
    });
    expect(retired).toEqual([]);
  });
});
