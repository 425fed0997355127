import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { notifiedKinds } from '../event-log.ts';
import { http } from '../http.ts';
import { roles } from '../senders/components.ts';
import { type StartedProcess, startProcess } from './process.ts';

/** The processes of the demo: the mock of Keystone and Monasca, the receiver, the service. */
export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Account of the service in Keystone; the mock has it from the start. */
export const account = { user: 'ge', password: 'ge-secret', project: 'ge', domainId: 'default' };

/**
 * Starts the stack and waits until the service is ready; if that fails, nothing keeps running.
 * Databases and logs are written to `folder`; that of Monasca is in memory unless it `isKept`.
 */
export async function startStack(
  port: number,
  folder: string,
  isKept: boolean,
  settings: Readonly<Record<string, string>> = fastSettings,
) {
  const started: StartedProcess[] = [];
  const monitor = await startMonitor();
  const downstream = await startMonitor();
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop();
    monitor.close();
    downstream.close();
  };
  const start = (name: string, folderOfProgram: string, args: string[], env = {}) => {
    const program = join(import.meta.dirname, '../..', folderOfProgram, 'main.ts');
    const logFile = join(folder, `${folderOfProgram}.log`);
    const one = startProcess(name, program, args, { ...inheritedEnvironment(), ...env }, logFile);
    started.push(one);
    return one;
  };
  try {
    const mockArgs = ['--keystone-port', '0', '--monasca-port', '0'];
    if (isKept) mockArgs.push('--db', join(folder, 'monasca.sqlite'));
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const mock = start('The mock of Keystone and Monasca', 'monasca-mock', mockArgs);
    const receiver = start('The receiver', 'receiver', ['--port', '0', '--secret', secret]);
    const [keystoneUrl, monascaUrl, receiverUrl] = await Promise.all([
      mock.waitFor(/^Keystone +(http\S+)/),
      mock.waitFor(/^Monasca +(http\S+)/),
      receiver.waitFor(/^Listening on (http\S+)/),
    ]);
    const notifier = {
      ...{ name: 'receiver', type: 'webhook', url: receiverUrl, allowPrivate: true },
      ...{ secrets: [secret], match: [{ kinds: notifiedKinds }] },
    };
    const service = start('The service', 'service', [], {
      HEARTBEAT_HTTP_PORT: String(port),
      HEARTBEAT_DATA_DIR: join(folder, 'data'),
      HEARTBEAT_SELF_WATCH_URL: monitor.url,
      HEARTBEAT_NOTIFIERS: JSON.stringify([notifier]),
      HEARTBEAT_RELAYS: JSON.stringify([relayTo(downstream.url)]),
      ...settings,
      OS_AUTH_URL: keystoneUrl,
      OS_USERNAME: account.user,
      OS_PASSWORD: account.password,
      OS_PROJECT_NAME: account.project,
      OS_USER_DOMAIN_ID: account.domainId,
      OS_PROJECT_DOMAIN_ID: account.domainId,
      OS_REGION_NAME: 'RegionOne',
    });
    const serviceUrl = await service.waitFor(/"url":"(http[^"]+)".*"msg":"listening"/);
    const died = Promise.race([mock.died, service.died, receiver.died]);
    died.catch(() => {});
    const retry = { limit: 60, backoffLimit: 1_000 };
    await Promise.race([http(`${serviceUrl}/health/ready`, { retry }), died]);
    const processes = { mock, service, receiver };
    const monitors = { monitor, downstream };
    return { serviceUrl, keystoneUrl, monascaUrl, ...monitors, ...processes, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A relay that is closed while an instance of the crashing component is missing. */
const relayTo = (url: string) => ({
  ...{ name: 'demo', mode: 'steady', interval: 1 },
  sources: [{ name: roles.crashing.name, version: roles.crashing.version, within: 3 }],
  target: { type: 'http', method: 'GET', url },
});

/** A monitor that receives requests: of the service after its evaluations, or of its relay. */
export async function startMonitor() {
  let lastAtMs: number | undefined;
  const server = createServer((_, response) => {
    lastAtMs = Date.now();
    response.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`,
    /** Time since the last request; undefined before the first. */
    secondsAgo: () => lastAtMs && (Date.now() - lastAtMs) / 1_000,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Settings for incidents that follow each other within seconds instead of days. */
const fastSettings = {
  // The end of an outage is noticed soon.
  HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '2000',
  // Replaced instances disappear within minutes, and repeated crashes do not count as flapping.
  HEARTBEAT_LIVENESS_RETIRE_AFTER_SECONDS: '60',
  HEARTBEAT_LIVENESS_FLAPPING_SECONDS: '60',
  HEARTBEAT_SELF_WATCH_EVERY_SECONDS: '1',
};

/** The environment of the demo without settings that are meant for another service. */
const inheritedEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HEARTBEAT|OS)_/.test(name)),
  );
