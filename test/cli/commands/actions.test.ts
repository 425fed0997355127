import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { runCli } from '../../support/cli.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { drained } from '../../support/pipeline-state.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let mock: Mock;
let hook: TestServer;
let service: LocalService;
beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  hook = await startTestServer();
  const notifier = { name: 'hook', type: 'webhook', url: hook.url, allowPrivate: true };
  service = await startService({
    ...openStackSettings(mock.keystoneUrl),
    HEARTBEAT_NOTIFIERS: JSON.stringify([notifier]),
  });
});
afterAll(async () => {
  await service.stop();
  await hook.stop();
  await mock.close();
});

const run = (...args: string[]) => runCli(args, { HEARTBEAT_URL: service.url });
const done = (out: string) => ({ code: 0, out, err: '' });

describe('ge-heartbeat send', () => {
  it('sends a heartbeat with interval and metadata', async () => {
    const sent = run('send', 'Orion', '1.0', 'o/1', '--interval', '30', '--meta', 'a=b=c', 'd=e');
    expect(await sent).toEqual(done('The heartbeat is on disk.\n'));
    const { out } = await run('instances', '--instance', 'o/1');
    expect(JSON.parse(out)).toMatchObject([{ name: 'Orion', state: 'up', interval: 30 }]);
  });

  it('reports every invalid field', async () => {
    const { code, err } = await run('send', 'Orion', '', 'o-1', '--interval', '9999999');
    expect({ code, err }).toEqual({
      code: 64,
      err: expect.stringMatching(/version: expected .*\n.*interval: expected .*604800/s),
    });
  });
});

describe('ge-heartbeat retire', () => {
  it('retires an instance of any name', async () => {
    await run('send', 'Orion', '1.0', '../a b?#');
    expect(await run('retire', 'Orion', '1.0', '../a b?#')).toEqual(
      done('Orion 1.0 ../a b?# is retired.\n'),
    );
    const { out } = await run('instances', '--state', 'retired');
    expect(JSON.parse(out)).toHaveLength(1);
  });

  it('retires what matches filters, after a dry run', async () => {
    for (const instance of ['m-1', 'm-2']) await run('send', 'Mass', '1.0', instance);
    expect(await run('retire', '--name', 'Mass', '--dry-run')).toEqual(
      done('2 instances match; to retire them, add --expect 2:\n  Mass 1.0 m-1\n  Mass 1.0 m-2\n'),
    );
    expect(await run('retire', '--name', 'Mass', '--expect', '3')).toMatchObject({
      code: 1,
      err: '2 instances match, and not 3. None was retired.\n',
    });
    expect((await run('retire', '--name', 'Mass', '--expect', '2')).out).toMatch(
      /^2 instances are retired:\n/,
    );
    expect((await run('retire', '--name', 'Mass')).code).toBe(64);
    expect((await run('retire', 'Mass', '1.0')).code).toBe(64);
  });

  it('fails for an unknown instance', async () => {
    const { code, err } = await run('retire', 'Orion', '1.0', 'o-9');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'No instance "Orion", "1.0", "o-9" is known.\n',
    });
  });
});

describe('ge-heartbeat params', () => {
  it('prints and changes parameters', async () => {
    expect(await run('params', 'get', 'downSeconds')).toEqual(done('300\n'));
    const { out } = await run('params', 'set', 'downSeconds=400', 'logLevel=warn');
    expect(JSON.parse(out)).toMatchObject({ downSeconds: 400, logLevel: 'warn' });
    expect((await run('params', 'get', '--format', 'table')).out).toMatch(/downSeconds +400\n/);
  });

  it('changes nothing if one value is invalid', async () => {
    const { code, err } = await run('params', 'set', 'downSeconds=1', 'nothing=2');
    expect({ code, err }).toEqual({
      code: 64,
      err: expect.stringMatching(/nothing: .*\n.*downSeconds: /),
    });
    expect((await run('params', 'get', 'downSeconds')).out).toBe('400\n');
    expect((await run('params', 'get', 'x')).code).toBe(64);
  });
});

describe('ge-heartbeat dead-letters', () => {
  it('prints heartbeats that Monasca rejected, and sends them again', async () => {
    const faults = `${new URL(mock.monascaUrl).origin}/mock/faults`;
    const refusing = { kind: 'reject-metrics', metric: { dimensions: { name: 'Refused' } } };
    const headers = { 'content-type': 'application/json' };
    await fetch(faults, { method: 'POST', headers, body: JSON.stringify(refusing) });
    await run('send', 'Refused', '1', 'r-1');
    await drained(service.url);

    expect(JSON.parse((await run('dead-letters', 'list')).out)).toMatchObject([
      { id: expect.any(Number), heartbeat: { name: 'Refused', instance: 'r-1' } },
    ]);
    const { out } = await run('dead-letters', 'list', '--format', 'csv');
    expect(out).toMatch(/^id,at,what,name,.*\n\d+,2\d{3}-[^,]*,heartbeat,Refused,1,r-1,/);
    expect(await run('dead-letters', 'retry')).toEqual({
      code: 1,
      out: '0 delivered, 1 refused again, 1 left.\n',
      err: '',
    });
    await fetch(faults, { method: 'DELETE' });
    expect(await run('dead-letters', 'retry')).toEqual(
      done('1 delivered, 0 refused again, 0 left.\n'),
    );
    expect(await run('dead-letters', 'list')).toEqual(done('[]\n'));
  });

  it('prints events that a notifier rejected', async () => {
    hook.react({ status: 400 });
    await run('send', 'Orion', '1', 'o-7');
    const args = ['dead-letters', 'list', '--destination', 'notifier.hook', '--format', 'table'];
    let out = '';
    while (!out.includes('o-7')) ({ out } = await run(...args));
    expect(out).toMatch(/ started +Orion +1 +o-7 /);
    hook.react({ status: 204 });
  });

  it('names the destinations if there is no such one', async () => {
    const { code, err } = await run('dead-letters', 'list', '--destination', 'nowhere');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('monasca') });
  });
});

describe('ge-heartbeat notify test', () => {
  it('prints the result', async () => {
    expect(await run('notify', 'test', 'hook')).toMatchObject({ code: 0, err: '' });
    hook.react({ status: 400 });
    expect(await run('notify', 'test', 'hook')).toMatchObject({ code: 1, out: '' });
    hook.react({ status: 503 });
    const { code, err } = await run('notify', 'test', 'hook');
    expect({ code, err }).toEqual({ code: 69, err: expect.stringContaining('503') });
  });

  it('names the notifiers if there is no such one', async () => {
    const { code, err } = await run('notify', 'test', 'unknown');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('hook') });
  });
});
