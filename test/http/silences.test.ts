import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomQuery } from '../support/random-query.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { startService } from '../support/service.ts';

const path = '/api/v1/silences';
const wanted = {
  matchers: { name: 'Orion' },
  durationSeconds: 3_600,
  reason: 'the database is moved',
  author: 'Ann',
};
const nightly = {
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  durationSeconds: 3_600,
  match: { name: 'IDAS', version: '2.*' },
  reason: 'backups',
};

async function serving(settings: Record<string, string> = {}) {
  const service = await startService(settings);
  async function request(method: string, target: string, body?: string) {
    const answer = await exchange(service.port, requestText(method, target, { body }));
    const isJson = answer.headers['content-type']?.includes('json') && answer.body !== '';
    return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined };
  }
  const create = async (changes: Record<string, unknown> = {}) => {
    const { json } = await request('POST', path, JSON.stringify({ ...wanted, ...changes }));
    return json;
  };
  return { service, request, create, [Symbol.asyncDispose]: service.stop };
}

describe('POST /api/v1/silences', () => {
  it('makes a silence, and says where it is', async () => {
    await using service = await serving();
    const { status, headers, json } = await service.request('POST', path, JSON.stringify(wanted));
    expect({ status, json }).toEqual({
      status: 201,
      json: {
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        matchers: { name: 'Orion', version: '*', instance: '*' },
        from: expect.stringMatching(/Z$/),
        until: expect.stringMatching(/Z$/),
        reason: 'the database is moved',
        author: 'Ann',
        source: 'api',
        state: 'active',
      },
    });
    expect(Date.parse(json.until) - Date.parse(json.from)).toBe(3_600_000);
    expect(headers['location']).toBe(`${path}/${json.id}`);
    expect(await service.request('GET', `${path}/${json.id}`)).toMatchObject({ status: 200, json });
  });

  it('returns the fault of each field', async () => {
    await using service = await serving();
    const body = JSON.stringify({ ...wanted, matchers: { nmae: 'x' }, author: '', until: 'soon' });
    expect(await service.request('POST', path, body)).toMatchObject({
      status: 400,
      json: {
        code: 'invalid-parameter',
        errors: [
          { path: '$.matchers.nmae', expected: expect.stringContaining('name, version, instance') },
          { path: '$.author', expected: expect.stringContaining('255'), got: '""' },
        ],
      },
    });
  });

  it.each(['', '{', '[]', 'null', '"x"', '{}'])('takes no body of %j', async (body) => {
    await using service = await serving();
    expect(await service.request('POST', path, body)).toMatchObject({ status: 400 });
  });

  it('answers whatever comes with 201 or a problem, and goes on', async () => {
    await using service = await serving();
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        ...Object.values(wanted),
        -1,
        1e300,
        '9999-12-31T23:59:59Z',
        '\ud800',
      ),
    );
    const names = [...Object.keys(wanted), 'from', 'until', 'everything', '__proto__'];
    const body = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.jsonValue().map((any) => JSON.stringify(any)),
      fc
        .dictionary(fc.constantFrom(...names), value)
        .map((changes) => JSON.stringify({ ...wanted, durationSeconds: 1, ...changes })),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { status, json } = await service.request('POST', path, text);
        expect([201, 400, 409, 413]).toContain(status);
        expect(status === 201 || json.detail !== '').toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(await service.request('GET', `${path}?limit=1000`)).toMatchObject({ status: 200 });
    expect(service.service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('GET /api/v1/silences', () => {
  it('lists the windows, then the newest silences, in pages', async () => {
    await using service = await serving({ HEARTBEAT_MAINTENANCE: JSON.stringify([nightly]) });
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await service.create({ matchers: { name } }));
    const ids = ['maintenance.nightly', ...made.map(({ id }) => id).toReversed()];
    const first = await service.request('GET', `${path}?limit=2`);
    const second = await service.request('GET', `${path}?limit=2&cursor=${first.json.next}`);
    const pages = [...first.json.silences, ...second.json.silences];
    expect(pages.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.json.next).toBeUndefined();
    expect(pages[0]).toMatchObject({ source: 'configuration', reason: 'backups' });
  });

  it('finds by state, by source, and by matching text', async () => {
    await using service = await serving({ HEARTBEAT_MAINTENANCE: JSON.stringify([nightly]) });
    const orion = await service.create({ matchers: { name: 'Or*', instance: 'o-?' } });
    const later = await service.create({ from: Date.now() + 60_000 });
    const ended = await service.create();
    expect(await service.request('DELETE', `${path}/${ended.id}`)).toMatchObject({ status: 204 });
    const found = async (query: string) => {
      const { json } = await service.request('GET', `${path}?${query}`);
      return json.silences.map(({ id }: { id: string }) => id);
    };
    expect(await found('source=api&state=active')).toEqual([orion.id]);
    expect(await found('source=api&state=pending')).toEqual([later.id]);
    expect(await found('state=expired')).toEqual([ended.id]);
    expect(await found('source=configuration')).toEqual(['maintenance.nightly']);
    expect(await found('name=Orion&instance=o-2&state=active,pending&source=api')).toEqual([
      later.id,
      orion.id,
    ]);
    expect(await found('name=IDAS&version=2.1')).toEqual(['maintenance.nightly']);
  });

  it('gives all as lines or as a table, too', async () => {
    await using service = await serving({ HEARTBEAT_MAINTENANCE: JSON.stringify([nightly]) });
    const { id } = await service.create({ reason: 'a, "quoted" one' });
    const lines = await fetch(`${service.service.url}${path}?format=ndjson&limit=1`);
    expect(lines.headers.get('link')).toContain('cursor=maintenance.nightly');
    const table = await fetch(`${service.service.url}${path}?format=csv`);
    const [head, first, second] = (await table.text()).split('\n');
    expect(head).toBe(
      'id,state,name,version,instance,from,until,reason,author,source,ended,endedBy',
    );
    expect(first).toMatch(/^maintenance\.nightly,(pending|active),IDAS,2\.\*,\*,/);
    expect(second?.startsWith(`${id},active,Orion,*,*,`)).toBe(true);
    expect(second).toContain('"a, ""quoted"" one",Ann,api,,');
  });

  it('responds to any query with 200 or 400', async () => {
    await using service = await serving();
    await service.create();
    const names = 'state source name version instance limit cursor format'.split(' ');
    await fc.assert(
      fc.asyncProperty(randomQuery(names), async (query) => {
        const { status } = await service.request('GET', `${path}${query}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});

describe('DELETE /api/v1/silences/{id}', () => {
  it('ends it, with an event that names the caller', async () => {
    await using service = await serving();
    const { id } = await service.create();
    for (let times = 0; times < 2; times++) {
      expect(await service.request('DELETE', `${path}/${id}`)).toMatchObject({ status: 204 });
    }
    expect(await service.request('GET', `${path}/${id}`)).toMatchObject({
      json: {
        state: 'expired',
        ended: expect.any(String),
        endedBy: expect.stringContaining('127'),
      },
    });
    for (let events = []; events.length === 0; ) {
      const { json } = await service.request('GET', '/api/v1/events?kind=silence.ended');
      events = json.events;
    }
  });

  it.each([
    ['nobody', 404],
    ['%00', 404],
    ['maintenance.nightly', 409],
  ])('answers %s with %d', async (id, status) => {
    await using service = await serving({ HEARTBEAT_MAINTENANCE: JSON.stringify([nightly]) });
    expect(await service.request('DELETE', `${path}/${id}`)).toMatchObject({ status });
  });
});

describe('maintenance in the configuration', () => {
  it.each([
    [{ cron: 'x' }, 'maintenance[0].cron'],
    [{ cron: '0 0 31 2 *' }, 'maintenance[0].cron'],
    [{ cron: '* * * * * *' }, 'maintenance[0].cron'],
    [{ timeZone: 'Mars/Olympus' }, 'maintenance[0].timeZone'],
    [{ match: {} }, 'maintenance[0].match'],
    [{ name: 'Two Words' }, 'maintenance[0].name'],
    [{ durationSeconds: 0 }, 'maintenance[0].durationSeconds'],
  ])('is refused with %j', async (change, place) => {
    const windows = JSON.stringify([{ ...nightly, ...change }]);
    await expect(serving({ HEARTBEAT_MAINTENANCE: windows })).rejects.toThrow(place);
  });

  it('is refused with two of one name', async () => {
    const windows = JSON.stringify([nightly, nightly]);
    await expect(serving({ HEARTBEAT_MAINTENANCE: windows })).rejects.toThrow('a different name');
  });
});
