import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InstancePresence } from '../../service/contract/presence.ts';
import { activeRoutes } from '../../service/http/routes/periods/active.ts';
import { countAndWriteOf } from '../support/presences.ts';
import { randomQuery } from '../support/random-query.ts';
import { startRoutes } from '../support/route-server.ts';

const path = '/api/v1/active';
const minute = 60_000;
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const keptFromMs = Date.parse('2026-01-01T00:00:00Z');

function presence(instance: string, from: string, to: string): InstancePresence {
  const [fromMs, toMs] = [from, to].map((time) => Date.parse(`2026-11-20T${time}:00Z`));
  const identity = { name: 'Orion', version: '1.0', instance };
  return { ...identity, fromMs: fromMs ?? 0, toMs: toMs ?? 0, reachMs: (toMs ?? 0) + 5 * minute };
}

const twice = [
  presence('a', '09:30', '10:10'),
  presence('a', '10:20', '10:40'),
  presence('b', '10:00', '11:58'),
  { ...presence('-c', '10:15', '10:15'), name: '=HYPERLINK("x")' },
];

async function serving(presences: readonly InstancePresence[]) {
  return startRoutes(
    activeRoutes({
      countAndWrite: countAndWriteOf(presences),
      now: () => nowMs,
      retentionMs: nowMs - keptFromMs,
    }),
  );
}

describe('GET /api/v1/active', () => {
  it('counts by step and group, ascending in time, then by group', async () => {
    const { get } = await serving(twice);
    const { status, json } = await get(`${path}?from=2026-11-20T09:00:00Z&step=1h&by=name`);
    expect(status).toBe(200);
    const at = (hour: string) => ({ time: `2026-11-20T${hour}:00:00.000Z` });
    const none = { active: 0, max: 0, started: 0, ended: 0 };
    const odd = { name: '=HYPERLINK("x")' };
    const orion = { name: 'Orion' };
    expect(json).toEqual([
      { ...at('09'), ...odd, ...none },
      { ...at('09'), ...orion, active: 1, max: 1, started: 1, ended: 0 },
      { ...at('10'), ...odd, active: 1, max: 1, started: 1, ended: 1 },
      { ...at('10'), ...orion, active: 2, max: 2, started: 2, ended: 2 },
      { ...at('11'), ...odd, ...none },
      // Its last heartbeat was two minutes ago: it has not ended.
      { ...at('11'), ...orion, active: 1, max: 1, started: 0, ended: 0 },
      { ...at('12'), ...odd, ...none },
      { ...at('12'), ...orion, ...none },
    ]);
  });

  it('has totals over the last day by default', async () => {
    const { get } = await serving(twice);
    expect((await get(path)).json).toEqual([{ active: 3, max: 2, started: 4, ended: 3 }]);
    expect((await get(`${path}?name=O*&instance=a&by=instance,version`)).json).toEqual([
      { version: '1.0', instance: 'a', active: 1, max: 1, started: 2, ended: 2 },
    ]);
    expect((await get(`${path}?name=nobody`)).json).toEqual([
      { active: 0, max: 0, started: 0, ended: 0 },
    ]);
    expect((await get(`${path}?name=nobody&by=name`)).json).toEqual([]);
    expect((await get(`${path}?name=nobody&zeros=false`)).json).toEqual([]);
  });

  it('takes the very last heartbeat into an answer until now', async () => {
    const { get } = await serving([presence('a', '12:00', '12:00')]);
    const { json } = await get(`${path}?to=now&step=1d&zeros=false`);
    expect(json).toEqual([
      { time: '2026-11-20T00:00:00.000Z', active: 1, max: 1, started: 1, ended: 0 },
    ]);
    expect((await get(`${path}?to=2026-11-21&zeros=false`)).json).toHaveLength(1);
    expect((await get(`${path}?to=2026-11-20T11:59:59.999Z&zeros=false`)).json).toEqual([]);
  });

  it('has days, dates and times of a time zone', async () => {
    const { get } = await serving(twice);
    const query = 'from=2026-11-20&step=1d&by=version&tz=Pacific/Auckland';
    expect((await get(`${path}?${query}`)).json).toEqual([
      {
        time: '2026-11-20T00:00:00.000+13:00',
        ...{ version: '1.0', active: 3, max: 2, started: 4, ended: 3 },
      },
      {
        time: '2026-11-21T00:00:00.000+13:00',
        ...{ version: '1.0', active: 1, max: 1, started: 0, ended: 0 },
      },
    ]);
  });

  it('refuses more rows than anyone can look at, and says what would do', async () => {
    const many = Array.from({ length: 300 }, (_, n) => presence(`i-${n}`, '10:00', '11:00'));
    const { get } = await serving(many);
    const refusal = async (query: string) => {
      const { status, json } = await get(`${path}?${query}`);
      return { status, detail: Object(json).detail };
    };
    expect(await refusal('from=now-7d&step=10s')).toEqual({
      status: 400,
      detail:
        'step: expected at most 50,000 rows: a step of 15s or more; or a period of at most 5 d 18 h; got "10s".',
    });
    expect(await refusal('from=now-7d&step=15m&by=instance')).toEqual({
      status: 400,
      detail:
        'step: expected at most 50,000 rows, and there are 300 groups: a step of 2h or more; or a period of at most 1 d 17 h; or a filter, or fewer in "by"; or zeros=false; got 673 steps, 300 groups.',
    });
    expect(await refusal('from=now-7d&step=2h&by=instance')).toMatchObject({ status: 200 });
    expect(await refusal('from=now-7d&step=15m&by=instance&zeros=false')).toMatchObject({
      status: 200,
    });
  });

  it('refuses a period of which not all is kept', async () => {
    const { get } = await serving([]);
    expect(await get(`${path}?from=2026-01-01`)).toMatchObject({ status: 200 });
    expect(await get(`${path}?from=2025-12-31`)).toMatchObject({
      status: 400,
      json: {
        code: 'invalid-parameter',
        errors: [
          {
            path: 'from',
            expected:
              'a time from 2026-01-01T00:00:00.000Z on: what was before is not kept (ledger.retentionDays)',
          },
        ],
      },
    });
  });

  it.each([
    ['step=1', 'step'],
    ['step=1y', 'step'],
    ['by=component', 'by'],
    ['tz=Zurich', 'tz'],
    ['format=xml', 'format'],
    ['from=now&to=now-1h', 'to'],
    ['from=2026-11-21', 'from'],
    ['zeros=no', 'zeros'],
    ['grupo=name', 'grupo'],
  ])('returns the fault of %s', async (query, parameter) => {
    const { get } = await serving(twice);
    expect(await get(`${path}?${query}`)).toMatchObject({
      status: 400,
      json: { code: 'invalid-parameter', errors: [{ path: parameter }] },
    });
  });

  it('returns all faults at once', async () => {
    const { get } = await serving(twice);
    const { json } = await get(`${path}?step=x&tz=y&format=z&by=name`);
    expect(Object(json).errors.map(({ path: name }: { path: string }) => name)).toEqual([
      'format',
      'tz',
      'step',
    ]);
  });

  it('writes NDJSON and CSV, in which nothing is a formula', async () => {
    const { port } = await serving(twice);
    const request = (query: string, accept = '*/*') =>
      fetch(`http://127.0.0.1:${port}${path}?by=name,instance&${query}`, { headers: { accept } });
    const rows = ['"\'=HYPERLINK(""x"")",\'-c,1,1,1,1', 'Orion,a,1,1,2,2', 'Orion,b,1,1,1,0'];
    const csv = ['name,instance,active,max,started,ended', ...rows, ''].join('\n');
    for (const answer of [await request('format=csv'), await request('', 'text/csv, */*;q=0.1')]) {
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(await answer.text()).toBe(csv);
    }
    const lines = await request('format=ndjson', 'text/csv');
    expect(lines.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const read = (await lines.text()).trimEnd().split('\n');
    expect(read.map((line) => JSON.parse(line))).toEqual(await (await request('')).json());
  });

  it('responds to any query with 200 or 400', async () => {
    const { get, lines } = await serving(twice);
    const names = 'from to step tz by name version instance zeros format'.split(' ');
    await fc.assert(
      fc.asyncProperty(randomQuery(names), async (query) => {
        expect([200, 400]).toContain((await get(`${path}${query}`)).status);
      }),
      { numRuns: 500 },
    );
    expect(lines).toEqual([]);
  });
});
