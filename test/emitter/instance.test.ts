import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, expect, it } from '@jest/globals';
import { createScratch, describeShells, fillMachine, runEmitter } from './run.ts';

const scratch = createScratch();
afterAll(() => scratch.remove());

const digits = '0123456789abcdef';
const id = digits.repeat(4);
const other = [...id].reverse().join('');
const uuid = '1c0e5f0a-4a0b-4b60-9a55-d1a3a1f2a5c7';

const mount = (source: string, point: string) =>
  `612 590 254:1 ${source} ${point} rw,relatime master:1 - ext4 /dev/vda1 rw\n`;
const engineMounts = (folder: string) =>
  ['resolv.conf', 'hostname', 'hosts'].map((file) => mount(`${folder}/${file}`, `/etc/${file}`));

/** The files of a machine, and the instance that they must give. */
const samples: [string, Record<string, string>, string][] = [
  [
    'Docker on cgroup v1',
    { '/proc/self/cgroup': `12:pids:/docker/${id}\n11:cpu,cpuacct:/docker/${id}\n` },
    id,
  ],
  [
    'Docker in Docker, the innermost',
    { '/proc/self/cgroup': `3:cpu:/docker/${other}/docker/${id}\n` },
    id,
  ],
  [
    'Docker with systemd, without a final newline',
    { '/proc/self/cgroup': `0::/system.slice/docker-${id}.scope` },
    id,
  ],
  [
    'Podman on cgroup v1',
    { '/proc/self/cgroup': `4:cpu:/machine.slice/libpod-${id}.scope/container\n` },
    id,
  ],
  [
    'Kubernetes on cgroup v1',
    { '/proc/self/cgroup': `11:memory:/kubepods/burstable/pod${uuid}/${id}\n` },
    id,
  ],
  [
    'containerd with systemd',
    {
      '/proc/self/cgroup': `1:cpu:/kubepods.slice/kubepods-pod${uuid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope\n`,
    },
    id,
  ],
  [
    'containerd with a colon in the path',
    { '/proc/self/cgroup': `1:cpu:/system.slice/kubepods-pod1.slice:cri-containerd:${id}\n` },
    id,
  ],
  [
    'Docker on cgroup v2',
    {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': engineMounts(`/var/lib/docker/containers/${id}`).join(''),
    },
    id,
  ],
  [
    'Podman on cgroup v2, in a pod that shares its network',
    {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': [
        ...engineMounts(`/containers/storage/overlay-containers/${other}/userdata`),
        mount(
          `/containers/storage/overlay-containers/${id}/userdata/.containerenv`,
          '/run/.containerenv',
        ),
      ].join(''),
    },
    id,
  ],
  [
    'Kubernetes on cgroup v2, where the sandbox is shared',
    {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': [
        ...engineMounts(`/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${other}`),
        mount(`/var/lib/kubelet/pods/${uuid}/etc-hosts`, '/etc/hosts'),
        mount(`/var/lib/kubelet/pods/${uuid}/containers/orion/5f0a91c2`, '/dev/termination-log'),
      ].join(''),
    },
    `${uuid}.orion`,
  ],
  [
    'Docker in gVisor, by its name',
    { '/proc/self/cgroup': '', '/.dockerenv': '', '/proc/sys/kernel/hostname': '0a1b2c3d4e5f\n' },
    '0a1b2c3d4e5f',
  ],
  [
    'a pod of which only the name is visible',
    {
      '/run/secrets/kubernetes.io/token': '',
      '/proc/sys/kernel/hostname': 'orion-6d4b75cb6d-x7k2p\n',
    },
    'orion-6d4b75cb6d-x7k2p',
  ],
];

/** A machine that runs no container, or a container without visible traces. */
const plain: Record<string, string> = {
  '/proc/self/cgroup': '0::/system.slice/cron.service\n',
  '/proc/self/mountinfo':
    mount('/', '/') +
    // Mounts on a host with containers, and in an agent with the engine's folder.
    mount('/', `/var/lib/docker/containers/${other}/mounts/shm`) +
    mount(`/var/lib/docker/containers/${other}/hostname`, '/watched/hostname') +
    mount(`/var/lib/kubelet/pods/${uuid}/containers/orion/5f0a91c2`, '/watched/log'),
  '/proc/sys/kernel/hostname': 'web-1\n',
  '/proc/sys/kernel/random/boot_id': `${uuid}\n`,
  '/etc/machine-id': `${digits}${digits}\n`,
};

/** Creates the mount namespace of a machine, a link without a target. */
async function linkNamespace(root: string, name: string): Promise<void> {
  await mkdir(`${root}/proc/self/ns`);
  await symlink(name, `${root}/proc/self/ns/mnt`);
}

describeShells('the instance', [], (shell) => {
  const instanceOf = async (env: Record<string, string>) => {
    const run = await runEmitter(
      shell,
      { GENERIC_ENABLER_ID: 'Orion', GENERIC_ENABLER_VERSION: '1', ...env },
      { args: ['--print'] },
    );
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    const body: { ID: string } = JSON.parse(run.out);
    return body.ID;
  };
  const machine = async (files: Record<string, string>) =>
    fillMachine(await scratch.folder(), files);
  /** Nothing can be kept here, not even by root. */
  const nowhere = { HEARTBEAT_STATE_DIR: '/dev/null/state' };

  it.each(samples)('is the container of %s', async (_title, files, expected) => {
    const env = { HEARTBEAT_TEST_ROOT: await machine(files), ...nowhere };
    expect(await instanceOf(env)).toBe(expected);
  });

  it('is HEARTBEAT_INSTANCE if that is set', async () => {
    const root = await machine({ '/proc/self/cgroup': `1:cpu:/docker/${id}\n` });
    const env = { HEARTBEAT_TEST_ROOT: root, HEARTBEAT_INSTANCE: 'eu-1/a' };
    expect(await instanceOf(env)).toBe('eu-1/a');
    expect(await instanceOf({ ...env, HEARTBEAT_INSTANCE: '' })).toBe(id);
  });

  it('is a random id on a plain machine, made once and kept', async () => {
    const root = await machine(plain);
    const [state, elsewhere] = [await scratch.folder(), await scratch.folder()];
    const env = { HEARTBEAT_TEST_ROOT: root, HEARTBEAT_STATE_DIR: `${state}/deep/er` };
    const first = await instanceOf(env);
    expect(first).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await instanceOf(env)).toBe(first);
    expect(await instanceOf({ ...env, HEARTBEAT_STATE_DIR: elsewhere })).not.toBe(first);
  });

  it('is the same for first runs at the same time', async () => {
    const env = {
      HEARTBEAT_TEST_ROOT: await machine(plain),
      HEARTBEAT_STATE_DIR: await scratch.folder(),
    };
    const runs = await Promise.all(Array.from({ length: 8 }, () => instanceOf(env)));
    expect(new Set(runs).size).toBe(1);
  });

  it.each(['', '\n', 'two words\n', `${'x'.repeat(300)}\n`])(
    'is a new random id where the kept one is damaged (%j)',
    async (damaged) => {
      const state = await fillMachine(await scratch.folder(), { '/instance': damaged });
      const env = { HEARTBEAT_TEST_ROOT: await machine(plain), HEARTBEAT_STATE_DIR: state };
      const first = await instanceOf(env);
      expect(first).toHaveLength(36);
      expect(await instanceOf(env)).toBe(first);
    },
  );

  it('is a hash of the machine where no file can be kept', async () => {
    const env = { HEARTBEAT_TEST_ROOT: await machine(plain), ...nowhere };
    const first = await instanceOf(env);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(first).not.toContain(digits);
    expect(await instanceOf(env)).toBe(first);
    const rebooted = { ...plain, '/proc/sys/kernel/random/boot_id': 'another boot\n' };
    expect(await instanceOf({ ...env, HEARTBEAT_TEST_ROOT: await machine(rebooted) })).toBe(first);
  });

  it('differs between containers of one image, host name and kernel', async () => {
    const twin = { ...plain, '/.dockerenv': '' };
    const roots = [await machine(twin), await machine(twin)];
    const [first, second] = await Promise.all(
      roots.map(async (root, index) => {
        await linkNamespace(root, `mnt:[402653${index}]`);
        return instanceOf({ HEARTBEAT_TEST_ROOT: root, ...nowhere });
      }),
    );
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).not.toBe(first);
  });

  it('is rejected where nothing distinguishes it from others', async () => {
    const run = await runEmitter(
      shell,
      {
        GENERIC_ENABLER_ID: 'Orion',
        GENERIC_ENABLER_VERSION: '1',
        HEARTBEAT_TEST_ROOT: await machine({}),
        ...nowhere,
      },
      { args: ['--print'] },
    );
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toContain('HEARTBEAT_INSTANCE is not set');
  });
});
