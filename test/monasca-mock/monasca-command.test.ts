import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import {
  monascaCommand,
  monascaElements,
  openStackEnvironment,
} from '../support/monasca-command.ts';
import { describeWith } from '../support/programs.ts';

/* The real client as a process, with discovery, login and catalog. */

const start = Date.UTC(2026, 10, 20, 5);
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString();

jest.setTimeout(120_000);

describeWith(['monasca'], startMock.name, () => {
  let mock: Mock;
  let env: Record<string, string>;
  const run = (...args: string[]) => monascaCommand(args, env);
  const elements = (...args: string[]) => monascaElements(args, env);

  beforeAll(async () => {
    mock = await startMock({ keystonePort: 0, monascaPort: 0 });
    env = openStackEnvironment({ authUrl: mock.keystoneUrl });
    const beat = (instance: string, seconds: number) => ({
      name: 'GE_Heartbeat',
      dimensions: { name: 'svc', version: '1.0', instance },
      timestamp: start + seconds * 1000,
      value: 1,
    });
    const jsonbody = [
      beat('i1', 0),
      beat('i1', 60),
      beat('i2', 30),
      { ...beat('i2', 90), value: 3 },
    ];
    const created = await run('metric-create-raw', JSON.stringify({ jsonbody }));
    expect(created).toMatchObject({ code: 0 });
  });

  afterAll(() => mock.close());

  it.each([
    ['/v3', (url: string) => url],
    ['/v3/', (url: string) => `${url}/`],
    ['/', (url: string) => url.replace(/\/v3$/, '/')],
  ])('is found from an auth URL that ends in %s', async (_ending, change) => {
    const account = openStackEnvironment({ authUrl: change(mock.keystoneUrl) });
    const names = await monascaElements(['metric-name-list'], account);
    expect(names).toContainEqual({ name: 'GE_Heartbeat' });
  });

  it('creates a metric with a fraction of a millisecond and value_meta', async () => {
    const meta = ['--value-meta', 'detail=ok,n=1'];
    const created = await run(
      'metric-create',
      'cli.fraction',
      '2.5',
      '--dimensions',
      'a=1,b=2',
      ...meta,
    );
    expect(created).toMatchObject({ code: 0 });
    const [element] = await elements('measurement-list', 'cli.fraction', '-60');
    expect(element).toMatchObject({
      name: 'cli.fraction',
      dimensions: { a: '1', b: '2' },
      columns: ['timestamp', 'value', 'value_meta'],
      measurements: [[expect.any(String), 2.5, { detail: 'ok', n: '1' }]],
    });
  });

  it('creates a metric at a given time', async () => {
    const time = ['--time', String(start)];
    expect(await run('metric-create', 'cli.timed', '1', ...time)).toMatchObject({ code: 0 });
    const measured = await elements('measurement-list', 'cli.timed', '2026-11-20T05:00:00Z');
    expect(measured).toMatchObject([{ measurements: [[iso(0), 1, {}]] }]);
  });

  it('lists metrics, names, dimension names and values', async () => {
    const filter = ['--name', 'GE_Heartbeat', '--dimensions', 'name=svc,instance=i1|i2'];
    const [metrics, names, keys, values] = await Promise.all([
      elements('metric-list', ...filter, '--starttime', iso(0)),
      elements('metric-name-list', '--dimensions', 'instance=i1'),
      elements('dimension-name-list'),
      elements('dimension-value-list', 'instance', '--metric-name', 'GE_Heartbeat'),
    ]);
    expect(metrics).toMatchObject([
      { name: 'GE_Heartbeat', dimensions: { instance: 'i1' } },
      { name: 'GE_Heartbeat', dimensions: { instance: 'i2' } },
    ]);
    expect(names).toEqual([{ name: 'GE_Heartbeat' }]);
    expect(keys).toContainEqual({ dimension_name: 'instance' });
    expect(values).toEqual([{ dimension_value: 'i1' }, { dimension_value: 'i2' }]);
  });

  it('prints tables of what it lists', async () => {
    const results = await Promise.all([
      run('metric-list'),
      run('measurement-list', 'GE_Heartbeat', iso(0), '--merge_metrics'),
      run('metric-statistics', 'GE_Heartbeat', 'count', iso(0), '--merge_metrics'),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\+-+\+/) });
    }
  });

  it('reads measurements of one series, merged, and of each', async () => {
    const list = (...more: string[]) =>
      elements('measurement-list', 'GE_Heartbeat', iso(0), ...more);
    const [one, merged, each] = await Promise.all([
      list('--dimensions', 'instance=i1', '--endtime', iso(60)),
      list('--merge_metrics', '--limit', '3'),
      list('--group_by', '*'),
    ]);
    expect(one).toMatchObject([{ measurements: [[iso(0), 1, {}]] }]);
    expect(merged).toMatchObject([
      { measurements: [0, 30, 60].map((seconds) => [iso(seconds), 1, {}]) },
    ]);
    expect(each).toMatchObject([
      { dimensions: { instance: 'i1' } },
      { dimensions: { instance: 'i2' } },
    ]);
  });

  it('reads statistics', async () => {
    const query = ['GE_Heartbeat', 'avg,COUNT', iso(0), '--endtime', iso(300)];
    const statistics = (...more: string[]) => elements('metric-statistics', ...query, ...more);
    const [merged, each] = await Promise.all([
      statistics('--merge_metrics', '--period', '60'),
      statistics('--group_by', '*'),
    ]);
    expect(merged).toMatchObject([
      {
        columns: ['timestamp', 'avg', 'count'],
        statistics: [
          ['2026-11-20T05:00:00Z', 1, 2],
          ['2026-11-20T05:01:00Z', 2, 2],
        ],
      },
    ]);
    expect(each).toMatchObject([
      { dimensions: { instance: 'i1' }, statistics: [['2026-11-20T05:00:00Z', 1, 2]] },
      { dimensions: { instance: 'i2' }, statistics: [['2026-11-20T05:00:00Z', 2, 2]] },
    ]);
  });

  it.each([
    ['measurement-list', ['GE_Heartbeat', iso(0)], 409],
    ['metric-statistics', ['GE_Heartbeat', 'avg', iso(0)], 409],
    ['metric-create', ['bad(name', '1'], 422],
    ['dimension-name-list', ['--metric-name', 'GE_Heartbeat'], 500],
    ['measurement-list', ['GE_Heartbeat', iso(0), '--group_by', 'name'], 500],
    ['alarm-show', ['nope'], 404],
  ])('%s fails like the real service: %j, %i', async (command, args, status) => {
    const { code, stderr } = await run(command, ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(`(HTTP ${status})`);
  });

  it('creates, lists and deletes alarm definitions and notification methods', async () => {
    const address = ['hook', 'WEBHOOK', 'http://127.0.0.1/hook', '--period', '60'];
    const [method] = await elements('notification-create', ...address);
    const id = String(method?.['id']);
    const expression = 'count(GE_Heartbeat{name=svc},deterministic) < 1';
    const options = ['--match-by', 'instance', '--severity', 'HIGH', '--alarm-actions', id];
    const [definition] = await elements('alarm-definition-create', 'gone', expression, ...options);
    expect(definition).toMatchObject({
      severity: 'HIGH',
      deterministic: true,
      alarm_actions: [id],
    });
    expect(await elements('notification-list')).toMatchObject([
      { id, type: 'WEBHOOK', period: 60 },
    ]);
    expect(await elements('alarm-definition-list')).toMatchObject([{ name: 'gone', expression }]);
    expect(await elements('notification-type-list')).toContainEqual({ type: 'EMAIL' });
    const definitionId = String(definition?.['id']);
    expect(await run('alarm-definition-delete', definitionId)).toMatchObject({ code: 0 });
    expect(await run('notification-delete', id)).toMatchObject({ code: 0 });
    expect(await run('alarm-list')).toMatchObject({ code: 0 });
    expect(await run('alarm-count')).toMatchObject({ code: 0 });
  });

  it('allows an agent to send and not to read', async () => {
    const account = { authUrl: mock.keystoneUrl, user: 'agent', password: 'agent-secret' };
    const agent = openStackEnvironment(account);
    expect(await monascaCommand(['metric-create', 'by.agent', '1'], agent)).toMatchObject({
      code: 0,
    });
    const { code, stderr } = await monascaCommand(['metric-list'], agent);
    expect(code).toBe(1);
    expect(stderr).toContain('(HTTP 401)');
  });

  it('rejects a wrong password', async () => {
    const account = { authUrl: mock.keystoneUrl, password: 'wrong' };
    const { code, stderr } = await monascaCommand(['metric-list'], openStackEnvironment(account));
    expect(code).toBe(1);
    expect(stderr).toContain('HTTP 401');
  });
});
