import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addAlarmDefinitionRoutes } from '../../monasca-mock/monasca/alarming/alarm-definitions.ts';
import { parseAlarmExpression } from '../../monasca-mock/monasca/alarming/alarm-expression.ts';
import { addAlarmRoutes } from '../../monasca-mock/monasca/alarming/alarms.ts';
import { addNotificationMethodRoutes } from '../../monasca-mock/monasca/alarming/notification-methods.ts';
import { allMonascaPages } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.database.exec('DELETE FROM alarm_definitions; DELETE FROM notification_methods');
});

const send = async (method: string, path: string, body?: object) => {
  const response = await server.send({
    method,
    path: `/v2.0/${path}`,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { ...response, document: Object(response.json) };
};

const definition = {
  name: 'missing',
  expression: 'count(GE_Heartbeat{name=svc},deterministic,60) < 1 times 3',
  match_by: ['instance'],
};

describe(addAlarmDefinitionRoutes.name, () => {
  it('creates, shows, changes and deletes', async () => {
    const created = await send('POST', 'alarm-definitions', definition);
    const { id } = created.document;
    const whole = {
      id,
      ...definition,
      description: '',
      deterministic: true,
      severity: 'LOW',
      actions_enabled: true,
      alarm_actions: [],
      ok_actions: [],
      undetermined_actions: [],
      links: [{ rel: 'self', href: `${server.url}/v2.0/alarm-definitions/${id}` }],
    };
    expect(created).toMatchObject({ status: 201 });
    expect(created.json).toEqual(whole);
    expect((await send('GET', `alarm-definitions/${id}`)).json).toEqual(whole);
    const patched = { ...whole, severity: 'HIGH', description: 'gone' };
    const patch = await send('PATCH', `alarm-definitions/${id}`, {
      severity: 'high',
      description: 'gone',
    });
    expect(patch.json).toEqual(patched);
    const { links: _, deterministic: __, id: ___, ...fields } = patched;
    const put = await send('PUT', `alarm-definitions/${id}`, { ...fields, name: 'renamed' });
    expect(put).toMatchObject({ status: 200, json: { name: 'renamed', severity: 'HIGH' } });
    expect(await send('DELETE', `alarm-definitions/${id}`)).toMatchObject({
      status: 204,
      text: '',
    });
    expect(await send('GET', `alarm-definitions/${id}`)).toMatchObject({ status: 404 });
    expect(await send('DELETE', `alarm-definitions/${id}`)).toMatchObject({ status: 404 });
  });

  it.each<[object, number]>([
    [{}, 422],
    [{ name: 'x' }, 422],
    [{ name: 'x', expression: 'nonsense' }, 422],
    [{ name: 'x'.repeat(256), expression: 'avg(x)>1' }, 422],
    [{ name: 'x', expression: 'avg(x)>1', severity: 'WORST' }, 422],
    [{ name: 'x', expression: 'avg(x)>1', description: 'x'.repeat(256) }, 422],
    [{ name: 'x', expression: 'avg(x)>1', alarm_actions: ['x'.repeat(51)] }, 422],
    [{ name: 'x', expression: 'avg(x)>1', ok_actions: ['a', 'a'] }, 422],
    [{ name: 'x', expression: 'avg(x)>1', severity: 'medium', more: 1 }, 201],
  ])('creates or rejects %j', async (body, status) => {
    expect(await send('POST', 'alarm-definitions', body)).toMatchObject({ status });
  });

  it('rejects a second definition of a name and a change of the metrics', async () => {
    const first = await send('POST', 'alarm-definitions', definition);
    const second = await send('POST', 'alarm-definitions', { ...definition, name: 'second' });
    const path = `alarm-definitions/${second.document.id}`;
    expect(await send('POST', 'alarm-definitions', definition)).toMatchObject({ status: 409 });
    expect(await send('PATCH', path, { name: first.document.name })).toMatchObject({ status: 409 });
    for (const change of [{ match_by: ['x'] }, { expression: 'count(other) < 1' }]) {
      expect(await send('PATCH', path, change)).toMatchObject({
        status: 422,
        json: { title: 'InvalidUpdateException' },
      });
    }
    const threshold = { expression: definition.expression.replace('< 1', '< 2') };
    expect(await send('PATCH', path, threshold)).toMatchObject({ status: 200 });
    expect(await send('DELETE', 'alarm-definitions')).toMatchObject({ status: 400 });
  });

  it('filters, sorts and pages', async () => {
    const severities = ['LOW', 'HIGH', 'CRITICAL', 'HIGH'];
    for (const [index, severity] of severities.entries()) {
      const expression = `avg(m{n=${index}}) > 1`;
      await send('POST', 'alarm-definitions', { name: `d${index}`, expression, severity });
    }
    const names = async (query: string) =>
      (await allMonascaPages(server, `/v2.0/alarm-definitions?${query}`)).flatMap(({ elements }) =>
        elements.map(({ name }) => name),
      );
    expect(await names('limit=3')).toEqual(['d0', 'd1', 'd2', 'd3']);
    const third = await send('GET', 'alarm-definitions?limit=1&offset=2');
    expect(third).toMatchObject({ json: { elements: [{ name: 'd2' }] } });
    expect(await names('severity=high')).toEqual(['d1', 'd3']);
    expect(await names('severity=LOW|CRITICAL')).toEqual(['d0', 'd2']);
    expect(await names('name=d2')).toEqual(['d2']);
    expect(await names('dimensions=n:3')).toEqual(['d3']);
    expect(await names('sort_by=severity,name desc')).toEqual(['d2', 'd3', 'd1', 'd0']);
    for (const query of ['severity=x', 'sort_by=x', 'sort_by=name x', 'offset=x', 'limit=x']) {
      expect(await send('GET', `alarm-definitions?${query}`)).toMatchObject({ status: 422 });
    }
  });
});

describe(parseAlarmExpression.name, () => {
  it.each([
    ['avg(x)>1', 1, false],
    ['x > 1', 1, false],
    ['ntp.offset > 1 or ntp.offset < -5', 2, false],
    ['max  (  3test_metric5  {  this  =  that  })  lt  5 times    3', 1, false],
    ['count(log.error{test=1}, deterministic, 120) > 1.0', 1, true],
    ['count(a,deterministic) gte 1 and last(b,deterministic,60) <= 2', 2, true],
    ['count(a,deterministic) > 1 and avg(b) > 1', 2, false],
    ['(max(a)>1 or (min(b)<1 && sum(c{x=1,y=2})>3)) || x>1', 4, false],
  ])('parses %s', (text, count, isDeterministic) => {
    const expressions = parseAlarmExpression(text) ?? [];
    expect(expressions).toHaveLength(count);
    expect(expressions.every((expression) => expression.isDeterministic)).toBe(isDeterministic);
  });

  it.each([
    '',
    'x',
    'avg(x)',
    'avg(x) > y',
    'avg(x) > 1 times 0',
    'avg(x, 130) > 1',
    'avg(x, 0) > 1',
    'avg(x{a}) > 1',
    '(avg(x) > 1',
    'avg(x) > 1)',
    'avg(x) > 1 and',
    'avg(x) > 1 avg(y) > 1',
    'median(x) > 1',
  ])('rejects %j', (text) => {
    expect(parseAlarmExpression(text)).toBeUndefined();
  });
});

describe(addNotificationMethodRoutes.name, () => {
  const method = { name: 'n1', type: 'WEBHOOK', address: 'http://h/x', period: 60 };

  it('creates, shows, changes and deletes', async () => {
    const created = await send('POST', 'notification-methods', { ...method, type: 'webhook' });
    const { id } = created.document;
    const links = [{ rel: 'self', href: `${server.url}/v2.0/notification-methods/${id}` }];
    expect(created).toMatchObject({ status: 201 });
    expect(created.json).toEqual({ ...method, id, links });
    const path = `notification-methods/${id}`;
    expect((await send('GET', path)).json).toEqual({ ...method, id, links });
    expect((await send('PATCH', path, { period: 0 })).json).toEqual({
      ...method,
      period: 0,
      id,
      links,
    });
    expect(await send('PUT', path, { ...method, name: 'n2' })).toMatchObject({
      json: { name: 'n2' },
    });
    expect(await send('GET', 'notification-methods')).toMatchObject({
      json: { elements: [{ id }] },
    });
    expect(await send('DELETE', path)).toMatchObject({ status: 204 });
    expect(await send('GET', path)).toMatchObject({ status: 404 });
  });

  it.each<[object, number]>([
    [{ name: undefined }, 400],
    [{ name: 'x'.repeat(251) }, 400],
    [{ address: 'h' }, 400],
    [{ address: 'ftp://h' }, 400],
    [{ address: `http://${'x'.repeat(512)}` }, 400],
    [{ type: 'PIGEON' }, 400],
    [{ type: 'EMAIL', address: 'a@b.c' }, 400],
    [{ type: 'EMAIL', address: 'a@b.c', period: 0 }, 201],
    [{ type: 'EMAIL', address: 'a', period: 0 }, 400],
    [{ period: 30 }, 400],
    [{ period: '60' }, 201],
    [{ period: undefined }, 201],
  ])('creates or rejects a method with %j', async (change, status) => {
    expect(await send('POST', 'notification-methods', { ...method, ...change })).toMatchObject({
      status,
    });
  });

  it('rejects a second method of a name', async () => {
    await send('POST', 'notification-methods', method);
    const second = await send('POST', 'notification-methods', { ...method, name: 'n2' });
    expect(await send('POST', 'notification-methods', method)).toMatchObject({ status: 409 });
    const path = `notification-methods/${second.document.id}`;
    expect(await send('PATCH', path, { name: 'n1' })).toMatchObject({ status: 409 });
  });
});

describe(addAlarmRoutes.name, () => {
  it('has no alarm', async () => {
    expect(await send('GET', 'alarms')).toMatchObject({ status: 200, json: { elements: [] } });
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      expect(await send(method, 'alarms/x')).toMatchObject({ status: 404 });
    }
    expect(await send('GET', 'alarms/x/state-history')).toMatchObject({ json: { elements: [] } });
    expect(await send('GET', 'alarms/state-history')).toMatchObject({ json: { elements: [] } });
  });

  it('counts no alarm, also by groups', async () => {
    expect(await send('GET', 'alarms/count?group_by=state,severity')).toMatchObject({
      json: { columns: ['count', 'state', 'severity'], counts: [[0, null, null]] },
    });
    expect(await send('GET', 'alarms/count?group_by=x')).toMatchObject({ status: 422 });
    expect(await send('GET', 'alarms?state=x')).toMatchObject({ status: 422 });
  });
});
