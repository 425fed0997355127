import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from '../../support/cli.ts';
import { type LocalService, startService } from '../../support/service.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const run = (...args: string[]) => runCli(args, { HEARTBEAT_URL: service.url });
const json = async (...args: string[]) => JSON.parse((await run(...args)).out);
const add = (...args: string[]) => json('silence', 'add', '--reason', 'New version', ...args);

describe('ge-heartbeat silence', () => {
  it('adds a silence, lists it and ends it', async () => {
    const [made] = await add('--name', 'Orion*', '--for', '2h', '--author', 'Ann');
    expect(made).toMatchObject({
      matchers: { name: 'Orion*' },
      reason: 'New version',
      author: 'Ann',
      state: 'active',
    });
    expect(Date.parse(made.until) - Date.parse(made.from)).toBe(7_200_000);
    expect(await json('silence', 'list')).toEqual([made]);
    const table = (await run('silence', 'list', '--format', 'table')).out;
    expect(table).toMatch(/^ID .*\n\w+ +active +Orion\* +\* +\* .* New version\n$/);

    const ended = await run('silence', 'rm', made.id);
    expect(ended).toEqual({ code: 0, out: 'The silence has ended.\n', err: '' });
    expect(await json('silence', 'list')).toMatchObject([{ id: made.id, state: 'expired' }]);
  });

  it('adds a silence that starts later, and one for all instances', async () => {
    const later = ['--from', '2035-01-31T20:00:00Z', '--until', '2035-01-31T21:00:00Z'];
    expect(await add('--instance', 'c-1', ...later)).toMatchObject([
      { state: 'pending', matchers: { instance: 'c-1' } },
    ]);
    expect(await add('--name', '*', '--for', '1m')).toMatchObject([{ state: 'active' }]);
  });

  it('has the user as author by default', async () => {
    const [{ author }] = await add('--name', 'x', '--for', '1m');
    expect(author).toMatch(/./);
  });

  it('reports invalid values', async () => {
    const { code, err } = await run('silence', 'rm', '../params');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('silence') });
    const past = ['--reason', 'x', '--name', 'x', '--until', '2020-01-01'];
    expect((await run('silence', 'add', ...past)).code).toBe(64);
  });
});
