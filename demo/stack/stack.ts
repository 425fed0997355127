import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoFailure } from '../failure.ts';
import { toldKinds } from '../receiver.ts';
import type { Ports } from './ports.ts';
import { type StartedProcess, startProcess } from './process.ts';
import { type SelfWatch, startSelfWatch } from './self-watch.ts';
import { readLogLine } from './service-log.ts';

/**
 * What is deployed: Keystone and Monasca in one process, the service in another, and a third that
 * gets what the service tells.
 */
export type Stack = {
  readonly serviceUrl: string;
  readonly keystoneUrl: string;
  readonly monascaUrl: string;
  /** What the service reports to that it looks for silence. */
  readonly selfWatch: Pick<SelfWatch, 'pings' | 'lastAtMs'>;
  /** The ids of the processes. */
  readonly pids: { readonly mock: number; readonly service: number; readonly receiver: number };
  /** Rejects when one of them ends by itself; never resolves. */
  readonly died: Promise<never>;
  onServiceLine(listener: (line: string) => void): void;
  /** A line for each message that the receiver gets. */
  onReceiverLine(listener: (line: string) => void): void;
  stop(): Promise<void>;
};

/** The account of the service at Keystone, as the mock has it from the start. */
export const account = { user: 'ge', password: 'ge-secret', project: 'ge', domainId: 'default' };

const startWithinMs = 60_000;
const stopWithinMs = 15_000;

/** Starts all of them and waits until the service takes heartbeats; leaves nothing running if one fails. */
export async function startStack(ports: Ports, folder: string, isKept: boolean): Promise<Stack> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const mock = startMock(ports, folder, isKept);
  const receiver = startReceiver(secret, folder);
  const started: StartedProcess[] = [mock, receiver];
  const selfWatch = await startSelfWatch();
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop(stopWithinMs);
    selfWatch.close();
  };
  try {
    const [keystoneUrl, monascaUrl, receiverUrl] = await Promise.all([
      mock.waitFor((line) => /^Keystone +(http\S+)/.exec(line)?.[1], startWithinMs),
      mock.waitFor((line) => /^Monasca +(http\S+)/.exec(line)?.[1], startWithinMs),
      receiver.waitFor((line) => /^Listening on (http\S+)/.exec(line)?.[1], startWithinMs),
    ]);
    const service = startProcess({
      name: 'The service',
      program: join(import.meta.dirname, '../../service/main.ts'),
      args: [],
      env: {
        ...inherited(),
        ...serviceSettings(ports.service, join(folder, 'data'), keystoneUrl),
        HEARTBEAT_SELF_WATCH_URL: selfWatch.url,
        HEARTBEAT_NOTIFIERS: JSON.stringify([notifierTo(receiverUrl, secret)]),
      },
      logFile: join(folder, 'service.log'),
    });
    started.push(service);
    const serviceUrl = await service.waitFor(listeningAt, startWithinMs);
    const died = Promise.race([mock.died, service.died, receiver.died]);
    died.catch(() => {});
    await Promise.race([isReady(serviceUrl), died]);
    const onServiceLine = (listener: (line: string) => void) => service.onLine(listener);
    const onReceiverLine = (listener: (line: string) => void) => receiver.onLine(listener);
    const pids = { mock: mock.pid, service: service.pid, receiver: receiver.pid };
    const urls = { serviceUrl, keystoneUrl, monascaUrl };
    return { ...urls, selfWatch, pids, died, onServiceLine, onReceiverLine, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startMock(ports: Ports, folder: string, isKept: boolean): StartedProcess {
  return startProcess({
    name: 'The mock of Keystone and Monasca',
    program: join(import.meta.dirname, '../../monasca-mock/main.ts'),
    args: [
      ...['--keystone-port', String(ports.keystone)],
      ...['--monasca-port', String(ports.monasca)],
      ...(isKept ? ['--db', join(folder, 'monasca.sqlite')] : []),
    ],
    env: inherited(),
    logFile: join(folder, 'mock.log'),
  });
}

/** It takes what is signed with the secret, and nothing else. */
function startReceiver(secret: string, folder: string): StartedProcess {
  return startProcess({
    name: 'The receiver',
    program: join(import.meta.dirname, '../../receiver/main.ts'),
    args: ['--port', '0', '--secret', secret],
    env: inherited(),
    logFile: join(folder, 'receiver.log'),
  });
}

const notifierTo = (url: string, secret: string) => ({
  name: 'receiver',
  type: 'webhook',
  url,
  allowPrivate: true,
  secrets: [secret],
  match: [{ kinds: toldKinds }],
});

/** All that an operator sets: where to listen, where to keep, and OpenStack's usual variables. */
export function serviceSettings(
  port: number,
  dataDir: string,
  keystoneUrl: string,
): Record<string, string> {
  return {
    HEARTBEAT_HTTP_PORT: String(port),
    HEARTBEAT_DATA_DIR: dataDir,
    // An outage is probed at least this often, so that one sees at once that it is over.
    HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '2000',
    // Here life goes fast: who dies is forgotten within minutes, and deaths at this pace are no
    // flapping.
    HEARTBEAT_LIVENESS_RETIRE_AFTER_SECONDS: '60',
    HEARTBEAT_LIVENESS_FLAPPING_SECONDS: '60',
    HEARTBEAT_SELF_WATCH_EVERY_SECONDS: '1',
    OS_AUTH_URL: keystoneUrl,
    OS_USERNAME: account.user,
    OS_PASSWORD: account.password,
    OS_PROJECT_NAME: account.project,
    OS_USER_DOMAIN_ID: account.domainId,
    OS_PROJECT_DOMAIN_ID: account.domainId,
    OS_REGION_NAME: 'RegionOne',
  };
}

/** This process's environment without what is meant for another service. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HEARTBEAT|OS)_/.test(name)),
  );
}

function listeningAt(text: string): string | undefined {
  const line = readLogLine(text);
  return line?.msg === 'listening' ? line.url : undefined;
}

async function isReady(serviceUrl: string): Promise<void> {
  for (let untilMs = Date.now() + startWithinMs; Date.now() < untilMs; await delay(100)) {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`${serviceUrl}/health/ready`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new DemoFailure(`The service listens, but ${serviceUrl}/health/ready never said "ready".`);
}
