import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { type FakeHsm, startFakeHsm } from './fake-hsm.ts';
import { hbtdBeat, hbtdClient, hbtdSettings } from './hbtd.ts';
import { type Settings, type SpawnedService, spawnService } from './service.ts';

/** Messages to a State Manager about one component. */
export const messages = {
  started: 'Ready/OK Heartbeat started',
  restarted: 'Ready/OK Heartbeat restarted',
  warned: 'Ready/Warning Heartbeat stopped -- might be dead',
  dead: 'Standby/Alert Heartbeat stopped -- declared dead',
} as const;

/** Processes and servers of a test, and nodes that send heartbeats. */
const running = new Set<{ stop(): Promise<unknown> }>();
afterEach(async () => {
  for (const one of [...running].reverse()) await one.stop();
  running.clear();
});

/** Stops a process, server or node after the test. */
export function adopt<T extends { stop(): Promise<unknown> }>(one: T): T {
  running.add(one);
  return one;
}

export const hsmOf = async (options?: { isClosed: boolean }): Promise<FakeHsm> =>
  adopt(await startFakeHsm(options));

/** Settings of a service that notifies a State Manager: late after one second, dead after four. */
export const settingsFor = (hsm: Pick<FakeHsm, 'url'>, more: Settings = {}): Settings => ({
  ...hbtdSettings,
  HBTD_SM_URL: hsm.url,
  HBTD_SM_TIMEOUT: '2',
  HBTD_WARNTIME: '1',
  HBTD_ERRTIME: '4',
  HEARTBEAT_STOP_DRAIN_SECONDS: '1',
  HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
  ...more,
});

export async function hbtdProcess(settings: Settings): Promise<SpawnedService> {
  const service = await spawnService(settings);
  adopt({ stop: service.kill });
  return service;
}

/** A node that sends heartbeats until the test stops it, accepted or not. */
export function startNode(port: () => number, xname: string) {
  const client = hbtdClient(port);
  let isBeating = true;
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      if (isBeating) await client.post('heartbeat', hbtdBeat(xname)).catch(() => undefined);
      await delay(200);
    }
  })();
  return adopt({
    silence() {
      isBeating = false;
    },
    resume() {
      isBeating = true;
    },
    stop() {
      isOver = true;
      return loop;
    },
  });
}
