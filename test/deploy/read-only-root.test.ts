import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInSandbox } from '../support/deploy/describe-in-sandbox.ts';
import { createSandbox, type Sandbox, type SandboxProcess } from '../support/deploy/sandbox.ts';

const fleet = 5_000;
const listed = 60_000;
/** Limit of the pod, in bytes. */
const memoryLimit = 1 << 30;

/** As the manifests have it: read-only root, no folder for temporary files, user 10001, 1 GiB. */
describeInSandbox('the service on a read-only root file system', () => {
  let sandbox: Sandbox;
  let service: SandboxProcess;
  let url: string;
  const started: SandboxProcess[] = [];

  beforeAll(async () => {
    sandbox = createSandbox();
    service = serve(sandbox.dataDir);
    url = await service.listening;
  });
  afterAll(async () => {
    for (const one of started) {
      one.kill('SIGKILL');
      await one.exited;
    }
    sandbox.remove();
  });

  function serve(dataDir: string): SandboxProcess {
    const one = sandbox.start(['serve'], {
      HEARTBEAT_DATA_DIR: dataDir,
      HEARTBEAT_HTTP_HOST: '127.0.0.1',
      HEARTBEAT_HTTP_PORT: '0',
      // Each death is an event of its own.
      HEARTBEAT_LIVENESS_MASS_OUTAGE_SHARE: '1',
      HEARTBEAT_LIVENESS_MASS_OUTAGE_MIN_INSTANCES: '1000000',
      HEARTBEAT_OUTBOX_MIN_FREE_BYTES: '0',
    });
    started.push(one);
    return one;
  }

  async function send(first: number, count: number, interval: number): Promise<void> {
    const beats = Array.from({ length: count }, (_, n) => ({
      name: 'Orion',
      version: '1.0',
      instance: `pod-${first + n}`,
      interval,
    }));
    const body = JSON.stringify(beats);
    const { status } = await fetch(`${url}/api/v1/heartbeats`, { method: 'POST', body });
    expect(status).toBe(202);
  }

  /** Number of stored events of this kind. */
  async function events(kind: string): Promise<number> {
    const answer = await fetch(`${url}/api/v1/events?kind=${kind}&format=ndjson`);
    return (await answer.text()).split('\n').filter((line) => line !== '').length;
  }

  async function eventsReach(kind: string, count: number): Promise<void> {
    for (let tries = 0; tries < 60 && (await events(kind)) < count; tries++) await delay(500);
    expect(await events(kind)).toBe(count);
  }

  async function expectReady(): Promise<void> {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  }

  it('stores the events of 5,000 instances that start together', async () => {
    await send(0, fleet, 1);
    await eventsReach('started', fleet);
    await expectReady();
  }, 60_000);

  it('stores the events of 5,000 instances that end together', async () => {
    await eventsReach('down', fleet);
    await expectReady();
  }, 60_000);

  it('returns 60,000 instances as CSV, and the activity of a year', async () => {
    for (let first = fleet; first < listed; first += 5_000) await send(first, 5_000, 3_600);
    const csv = await fetch(`${url}/api/v1/instances?format=csv`);
    expect((await csv.text()).trimEnd().split('\n')).toHaveLength(listed + 1);
    const year = await fetch(`${url}/api/v1/active?from=now-365d&step=1d&by=name,version`);
    expect(year.status).toBe(200);
    expect(await year.text()).toContain(`"active":${listed}`);
    await expectReady();
  }, 120_000);

  it('backs up while it runs, and starts with the restored file', async () => {
    const file = `${sandbox.backupDir}/heartbeat.sqlite`;
    const restored = `${sandbox.dataDir}/restored`;
    for (const args of [
      ['backup', file],
      ['restore', file, '--data-dir', restored],
    ]) {
      expect(await sandbox.start(args).exited).toMatchObject({ code: 0 });
    }
    const other = serve(restored);
    const csv = await fetch(`${await other.listening}/api/v1/instances?format=csv`);
    expect((await csv.text()).trimEnd().split('\n')).toHaveLength(listed + 1);
    other.kill('SIGTERM');
    expect(await other.exited).toMatchObject({ code: 0 });
  }, 60_000);

  it('stays within the memory of the pod, and stops with 0', async () => {
    expect(service.peakBytes()).toBeLessThan(memoryLimit);
    service.kill('SIGTERM');
    expect(await service.exited).toMatchObject({ code: 0 });
  }, 60_000);
});
