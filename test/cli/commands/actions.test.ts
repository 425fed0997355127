import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { runCli } from '../../support/cli.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { type LocalService, startService } from '../../support/service.ts';

let mock: Mock;
let service: LocalService;
beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  service = await startService(openStackSettings(mock.keystoneUrl));
});
afterAll(async () => {
  await service.stop();
  await mock.close();
});

const run = (...args: string[]) => runCli(args, { HEARTBEAT_URL: service.url });
const done = (out: string) => ({ code: 0, out, err: '' });

describe('ge-heartbeat send', () => {
  it('sends a heartbeat with all that belongs to it', async () => {
    const sent = run('send', 'Orion', '1.0', 'o/1', '--interval', '30', '--meta', 'a=b=c', 'd=e');
    expect(await sent).toEqual(done('The heartbeat is on disk.\n'));
    const { out } = await run('instances', '--instance', 'o/1');
    expect(JSON.parse(out)).toMatchObject([{ name: 'Orion', state: 'up', interval: 30 }]);
  });

  it('says what is wrong with it', async () => {
    const { code, err } = await run('send', 'Orion', '', 'o-1', '--interval', '9999999');
    expect({ code, err }).toEqual({
      code: 64,
      err: expect.stringMatching(/version: expected .*\n.*interval: expected .*604800/s),
    });
  });
});

describe('ge-heartbeat retire', () => {
  it('takes an instance out, whatever it is called', async () => {
    await run('send', 'Orion', '1.0', '../a b?#');
    expect(await run('retire', 'Orion', '1.0', '../a b?#')).toEqual(
      done('Orion 1.0 ../a b?# is retired.\n'),
    );
    const { out } = await run('instances', '--state', 'retired');
    expect(JSON.parse(out)).toHaveLength(1);
  });

  it('fails for one that nobody knows', async () => {
    const { code, err } = await run('retire', 'Orion', '1.0', 'o-9');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'No instance "Orion", "1.0", "o-9" is known.\n',
    });
  });
});

describe('ge-heartbeat params', () => {
  it('prints and changes what can be changed', async () => {
    expect(await run('params', 'get', 'downSeconds')).toEqual(done('300\n'));
    const { out } = await run('params', 'set', 'downSeconds=400', 'logLevel=warn');
    expect(JSON.parse(out)).toMatchObject({ downSeconds: 400, logLevel: 'warn' });
    expect((await run('params', 'get', '--format', 'table')).out).toMatch(/downSeconds +400\n/);
  });

  it('changes nothing when something is wrong', async () => {
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
  it('prints what was refused, and sends it again', async () => {
    expect(await run('dead-letters', 'list')).toEqual(done('[]\n'));
    expect(await run('dead-letters', 'list', '--format', 'table')).toEqual(
      done('No dead letters.\n'),
    );
    expect(await run('dead-letters', 'retry')).toEqual(
      done('0 delivered, 0 refused again, 0 left.\n'),
    );
  });

  it('says which destinations there are', async () => {
    const { code, err } = await run('dead-letters', 'list', '--destination', 'nowhere');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('monasca') });
  });
});

describe('ge-heartbeat notify test', () => {
  it('says whom it could try', async () => {
    const { code, err } = await run('notify', 'test', 'nobody');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('there are none') });
  });
});
