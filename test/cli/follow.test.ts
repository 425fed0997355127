import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type CliProcess, startCli } from '../support/cli.ts';
import { type LocalService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';

/** A service that can be restarted with its data at the same address. */
async function place() {
  const settings = {
    HEARTBEAT_HTTP_PORT: String(await freePort()),
    HEARTBEAT_DATA_DIR: temporaryFolder(),
  };
  return { start: () => startService(settings) };
}

const beat = ({ url }: LocalService, instance: string) =>
  fetch(`${url}/api/v1/heartbeats`, {
    method: 'POST',
    headers: { connection: 'close' },
    body: JSON.stringify({ name: 'Orion', version: '1', instance }),
  });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(50);
}

const instancesIn = (following: CliProcess): string[] =>
  following
    .out()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).data.instance);

describe('ge-heartbeat events --follow', () => {
  it('loses nothing and repeats nothing when the service is restarted', async () => {
    const { start } = await place();
    let service = await start();
    const following = startCli(['events', '--follow', '--since', '1h', '--url', service.url]);
    await beat(service, 'o-1');
    await until(() => instancesIn(following).length === 1);
    await beat(service, 'o-2');
    await service.stop();
    await until(() => following.err().includes('Trying again'));
    service = await start();
    await beat(service, 'o-3');
    await until(() => instancesIn(following).length >= 3);
    await beat(service, 'o-4');
    await until(() => instancesIn(following).length >= 4);
    expect(instancesIn(following)).toEqual(['o-1', 'o-2', 'o-3', 'o-4']);
    expect(following.err()).toMatch(
      /^(Nothing listens|The connection).*Trying again\.\nConnected again\.\n$/,
    );
    following.kill('SIGINT');
    expect(await following.done).toMatchObject({ code: null });
    await service.stop();
  });

  it('prints a line for each event that matches', async () => {
    const service = await startService();
    const args = ['events', '-f', '--since', '1h', '--format', 'table', '--instance', 'o-2'];
    const following = startCli([...args, '--url', service.url]);
    await beat(service, 'o-1');
    await beat(service, 'o-2');
    await until(() => following.out().endsWith('\n'));
    expect(following.out()).toMatch(
      /^[\d-]{10} [\d:]{8}Z {2}started {2}Orion 1 o-2 {2}First heartbeat received\.\n$/,
    );
    following.kill('SIGTERM');
    await following.done;
    await service.stop();
  });

  it('does not retry an invalid request', async () => {
    const service = await startService();
    const url = service.url;
    const wrong = await startCli(['events', '--follow', '--kind', 'x', '--url', url]).done;
    expect(wrong).toEqual({ code: 64, out: '', err: expect.stringContaining('kind: expected') });
    const csv = await startCli(['events', '--follow', '--format', 'csv', '--url', url]).done;
    expect(csv.code).toBe(64);
    const ended = await startCli(['events', '--follow', '--limit', '3', '--url', url]).done;
    expect(ended).toMatchObject({ code: 64, err: expect.stringContaining('has no end') });
    await service.stop();
    expect((await startCli(['events', '--follow', '--url', url]).done).code).toBe(69);
  });
});
