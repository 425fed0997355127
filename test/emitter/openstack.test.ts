import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  createScratch,
  describeShells,
  fillMachine,
  fillPath,
  nowhere,
  runEmitter,
} from './run.ts';

const scratch = createScratch();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

beforeEach(() => {
  receiver.received.length = 0;
  receiver.respond = () => ({ status: 200, body: metadata });
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

const uuid = '1c0e5f0a-4a0b-4b60-9a55-d1a3a1f2a5c7';
const other = '83679162-1378-4288-a2d4-70e13ec132aa';
const metadata = JSON.stringify({
  random_seed: 'yu5ZnkqF2CqnDZVAfZgarG/+/{}=',
  meta: { uuid: other },
  uuid,
  keys: [{ uuid: other, name: 'key' }],
});

const machine: Record<string, string> = {
  '/proc/self/cgroup': '0::/system.slice/cron.service\n',
  '/proc/sys/kernel/hostname': 'web-1\n',
  '/proc/sys/kernel/random/boot_id': 'boot-1\n',
  '/sys/class/dmi/id/product_name': 'OpenStack Nova\n',
};

describeShells('the instance on OpenStack', ['busybox', 'curl', 'wget'], (shell) => {
  const instanceOf = async (
    files: Record<string, string>,
    more: Record<string, string> = {},
  ): Promise<string> => {
    const run = await runEmitter(
      shell,
      {
        GENERIC_ENABLER_ID: 'Orion',
        GENERIC_ENABLER_VERSION: '1',
        HEARTBEAT_TEST_ROOT: await fillMachine(await scratch.folder(), files),
        HEARTBEAT_METADATA_URL: `${receiver.origin}/openstack/latest/meta_data.json`,
        ...more,
      },
      { args: ['--print'] },
    );
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    const body: { ID: string } = JSON.parse(run.out);
    return body.ID;
  };

  it.each(['curl', 'wget', 'busybox wget'])(
    'is that of the metadata service, with %s, past a proxy',
    async (client) => {
      const kind = client.startsWith('busybox') ? 'busybox' : 'gnu';
      const PATH = await fillPath(await scratch.folder(), [client], kind);
      const env = { PATH, http_proxy: 'http://127.0.0.1:1' };
      expect(await instanceOf(machine, env)).toBe(uuid);
    },
  );

  it('is kept until the machine is started again', async () => {
    const env = { HEARTBEAT_STATE_DIR: await scratch.folder() };
    expect(await instanceOf(machine, env)).toBe(uuid);
    receiver.respond = () => ({ status: 200, body: metadata.replaceAll(uuid, other) });
    expect(await instanceOf(machine, env)).toBe(uuid);
    expect(receiver.received).toHaveLength(1);
    const restarted = { ...machine, '/proc/sys/kernel/random/boot_id': 'boot-2\n' };
    expect(await instanceOf(restarted, env)).toBe(other);
    expect(await readFile(`${env.HEARTBEAT_STATE_DIR}/metadata`, 'utf8')).toBe(`boot-2 ${other}\n`);
  });

  it.each([
    ['is absent', 'http://127.0.0.1:1/', { status: 200 }],
    ['is slow', '', 'none'],
    ['sends another page', '', { status: 200, body: `<a href="uuid">${uuid}</a>` }],
    ['redirects', '', { status: 302, body: '' }],
    ['has an error', '', { status: 500, body: metadata }],
    ['has no uuid', '', { status: 200, body: '{"uuid":"i-0001"}' }],
    ['has a uuid only within an object', '', { status: 200, body: `{"meta":{"uuid":"${uuid}"}}` }],
    ['sends a name in its place', '', { status: 200, body: `{"uuid":"${uuid}\\",\\"x"}` }],
    ['sends without end', '', { status: 200, body: 'x'.repeat(20_000_000) }],
  ] as const)('is another one, and stays so, where the service %s', async (_title, url, given) => {
    receiver.respond = () => given;
    const env = {
      HEARTBEAT_STATE_DIR: await scratch.folder(),
      ...(url === '' ? {} : { HEARTBEAT_METADATA_URL: url }),
    };
    const before = Date.now();
    const first = await instanceOf(machine, env);
    expect(Date.now() - before).toBeLessThan(6_000);
    expect(first).toHaveLength(36);
    expect([uuid, other]).not.toContain(first);
    receiver.respond = () => ({ status: 200, body: metadata });
    expect(await instanceOf(machine, env)).toBe(first);
  });

  it.each([
    [
      'cloud-init',
      {
        '/run/cloud-init/cloud-id': 'openstack\n',
        '/var/lib/cloud/data/instance-id': `${uuid}\n`,
      },
    ],
    [
      'the seed of cloud-init',
      { '/var/lib/cloud/seed/config_drive/openstack/latest/meta_data.json': metadata },
    ],
    [
      'a config drive',
      {
        '/proc/self/mountinfo': '39 28 11:0 / /mnt/config ro,relatime - iso9660 /dev/sr0 ro\n',
        '/mnt/config/openstack/latest/meta_data.json': metadata,
      },
    ],
  ])('is that of %s, without a request', async (_title, files) => {
    expect(await instanceOf({ ...machine, ...files }, { HEARTBEAT_STATE_DIR: nowhere })).toBe(uuid);
    expect(receiver.received).toEqual([]);
  });

  it('is not that of the machine in a container, nor looked for on another platform', async () => {
    const env = { HEARTBEAT_METADATA_URL: '', HEARTBEAT_STATE_DIR: await scratch.folder() };
    const drive = { '/var/lib/cloud/seed/config_drive/openstack/latest/meta_data.json': metadata };
    const elsewhere = { ...machine, ...drive, '/sys/class/dmi/id/product_name': 'KVM\n' };
    expect(await instanceOf(elsewhere, env)).not.toBe(uuid);
    expect(await instanceOf({ ...machine, ...drive, '/.dockerenv': '' }, env)).not.toBe(uuid);
    expect(await instanceOf({ ...machine, ...drive }, env)).toBe(uuid);
  });

  it('is explained by --show', async () => {
    const run = await runEmitter(
      shell,
      {
        GENERIC_ENABLER_ID: 'Orion',
        GENERIC_ENABLER_VERSION: '3.10.1',
        HEARTBEAT_SERVICE_HOST: 'a:8080 http://u:p@b/beat?c=d',
        HEARTBEAT_TOKEN: 'hb_abcd_0123456789012345678901234567890123456789',
        HEARTBEAT_TEST_ROOT: await fillMachine(await scratch.folder(), machine),
        HEARTBEAT_METADATA_URL: `${receiver.origin}/x`,
      },
      { args: ['--show'] },
    );
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.out.split('\n')).toEqual([
      'component Orion',
      'version   3.10.1',
      '          not cgroup: no container id in /proc/self/cgroup',
      '          not mounts: no container id in /proc/self/mountinfo',
      '          not hostname: not in a container',
      '          not config_drive: no config drive',
      `instance  ${uuid}`,
      '          metadata service',
      'address   http://a:8080/api/v1/heartbeats',
      'address   http://b/beat',
      'token     from HEARTBEAT_TOKEN',
      'client    curl',
      'state     no folder, 0 heartbeats wait',
      '',
    ]);
  });
});
