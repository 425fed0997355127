import { setTimeout as delay } from 'node:timers/promises';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { openStackSettings } from '../openstack-settings.ts';
import { startSender } from '../sender.ts';
import { type SpawnedService, spawnService } from '../service.ts';
import { freePort, startTestServer, type TestServer } from '../test-server.ts';
import { until } from '../until.ts';
import { makeFolder, removeFolder } from './folder.ts';

/**
 * A fleet with data for every panel: three instances of Orion 1.0 and one of 2.0; Cygnus, whose only
 * instance goes down; Wirecloud, whose instances stop; rejected heartbeats, and some with timestamps
 * in the future; a notifier whose target fails; a restart.
 */
export type Scenario = {
  readonly url: string;
  readonly port: number;
  readonly mock: Mock;
  /** Stops the service and starts it again, at the same address and with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const settings = {
  HEARTBEAT_METRICS_INSTANCES: 'true',
  // No broker: its metrics are there.
  HEARTBEAT_INTAKE_AMQP_URL: 'amqp://127.0.0.1:1',
  HEARTBEAT_LIVENESS_RULES:
    '[{"name":"Orion","expected":true,"minInstances":1},{"name":"Perseo","expected":true}]',
  HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '100',
  HEARTBEAT_STOP_DRAIN_SECONDS: '1',
};

export async function startScenario(): Promise<Scenario> {
  const folder = makeFolder();
  const mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  const failing: TestServer = await startTestServer();
  failing.react({ status: 500 });
  const port = await freePort();
  const start = (): Promise<SpawnedService> =>
    spawnService({
      ...openStackSettings(mock.keystoneUrl),
      ...settings,
      HEARTBEAT_HTTP_PORT: String(port),
      HEARTBEAT_DATA_DIR: folder,
      HEARTBEAT_NOTIFIERS: JSON.stringify([
        { name: 'ops', type: 'webhook', url: failing.url, allowPrivate: true },
      ]),
      HEARTBEAT_RELAYS: JSON.stringify([
        {
          ...{ name: 'dome', interval: 1, sources: [{ name: 'Cygnus' }] },
          target: { type: 'http', url: failing.url },
        },
      ]),
    });
  let service = await start();
  const url = `http://127.0.0.1:${port}`;

  const senders = [
    ...['a', 'b', 'c'].map((instance) => startSender(() => url, instance)),
    startSender(() => url, 'd', { version: '2.0' }),
  ];
  const dying = startSender(() => url, 'e', { name: 'Cygnus' });
  const noise = makeNoise(url);
  await until(() => dying.lastAnsweredMs() > 0);
  dying.silence();

  return {
    url,
    port,
    mock,
    async restart() {
      await service.stop();
      service = await start();
    },
    async stop() {
      await noise.end();
      await Promise.all([...senders, dying].map((sender) => sender.end()));
      await service.stop();
      await failing.stop();
      await mock.close();
      removeFolder(folder);
    },
  };
}

/** Heartbeats that increase all counters, until the end. */
function makeNoise(url: string) {
  let isEnded = false;
  const post = (heartbeat: object, path = '/api/v1/heartbeats') =>
    fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(heartbeat) }).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
  const loop = (async () => {
    for (let n = 0; !isEnded; n++) {
      const short = { name: 'Wirecloud', version: '1.0', instance: `w-${n}` };
      await post({ ...short, interval: 60 });
      await post({ ...short, status: 'stopping' });
      await post({ name: '', version: '1', instance: 'x' });
      await post({ ...short, instance: 'clock', timestamp: Date.now() + 86_400_000 });
      await post({ ID: 'old', Enabler_ID: 'Keyrock', Enabler_Version: '7' }, '/beat');
      await delay(250);
    }
  })();
  return {
    async end() {
      isEnded = true;
      await loop;
    },
  };
}
