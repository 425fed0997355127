import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from '../../support/cli.ts';
import { type LocalService, startService } from '../../support/service.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService();
  const beats = Array.from({ length: 1_200 }, (_, index) => ({
    name: 'Cygnus',
    version: '2.0',
    instance: `c-${index}`,
  }));
  const orion = { name: 'Orion', version: '=1+1', instance: 'o,"1"', interval: 30 };
  await fetch(`${service.url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify([orion, ...beats]),
  });
});
afterAll(() => service.stop());

const run = (...args: string[]) => runCli(args, { HEARTBEAT_URL: service.url });
const json = async (...args: string[]) => JSON.parse((await run(...args)).out);

describe('ge-heartbeat instances', () => {
  it('prints JSON if the output is not a terminal: all rows, of any number of pages', async () => {
    const { code, out, err } = await run('instances');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const instances: { instance: string }[] = JSON.parse(out);
    expect(new Set(instances.map(({ instance }) => instance)).size).toBe(1_201);
  });

  it('limits and filters rows', async () => {
    expect(await json('instances', '--limit', '3')).toHaveLength(3);
    expect(await json('instances', '--name', 'Or*', '--state', 'up,late')).toMatchObject([
      { name: 'Orion', version: '=1+1', instance: 'o,"1"', state: 'up', interval: 30 },
    ]);
    expect(await json('instances', '--version', '9')).toEqual([]);
  });

  it('prints a row in each line, and CSV without formulas for a spreadsheet', async () => {
    const lines = (await run('instances', '--name', 'Orion', '--format', 'ndjson')).out.split('\n');
    expect(lines.map((line) => line && JSON.parse(line).name)).toEqual(['Orion', '']);
    const { out } = await run('instances', '--name', 'Orion', '--format', 'csv');
    const [head, row, end] = out.split('\n');
    expect(head).toMatch(/^name,version,instance,state,/);
    expect(row).toMatch(/^Orion,'=1\+1,"o,""1""",up,\d{4}-/);
    expect(end).toBe('');
  });

  it('prints CSV for Excel, with a byte order mark', async () => {
    const { out } = await run('instances', '--name', 'Orion', '--excel');
    expect(out).toMatch(/^\ufeffname,version,instance,state,/);
  });

  it('prints a table on demand, of the first hundred', async () => {
    const { out } = await run('instances', '--format', 'table');
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^NAME +VERSION +INSTANCE +STATE +AGE/);
    expect(rows).toHaveLength(100);
    expect(out).not.toContain('\u001b');
  });

  it('reports an empty list', async () => {
    const args = ['instances', '--name', 'Nobody', '--format'];
    expect((await run(...args, 'table')).out).toBe('No instances.\n');
    expect((await run(...args, 'json')).out).toBe('[]\n');
    expect((await run(...args, 'csv')).out).toMatch(/^name,.*\n$/);
  });
});

describe('ge-heartbeat events', () => {
  it('prints the newest ones, the oldest of them first', async () => {
    const events: { id: string; data: { kind: string } }[] = await json('events', '--limit', '5');
    const ids = events.map(({ id }) => id);
    expect(ids).toHaveLength(5);
    expect(ids).toEqual(ids.toSorted());
    expect((await json('events')).slice(-5)).toEqual(events);
  });

  it('filters events', async () => {
    const { out } = await run(
      'events',
      '--name',
      'Orion',
      '--kind',
      'started',
      '--format',
      'table',
    );
    expect(out).toMatch(/^TIME .*\n.* started +Orion +=1\+1 +o,"1" .*\n$/);
    expect(await json('events', '--until', '1h')).toEqual([]);
    expect(await json('events', '--text', 'c-77', '--since', '1h')).toHaveLength(11);
  });

  it('prints CSV', async () => {
    const { out } = await run('events', '--name', 'Orion', '--format', 'csv');
    expect(out).toMatch(/^time,kind,name,.*\n[\d-]+T[\d:.]+Z,started,Orion,'=1\+1,/);
  });
});
