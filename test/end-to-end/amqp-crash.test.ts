import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { type Broker, openBroker } from '../../service/amqp/broker.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { readMonasca } from '../support/monasca-reader.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { drained } from '../support/pipeline-state.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../support/rabbitmq.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { createStarter } from '../support/starter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until, untilResult } from '../support/until.ts';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10);
const queue = 'heartbeats';
const starter = createStarter(() => startRabbit());
let rabbit: Rabbit;
let mock: Mock | undefined;
let service: SpawnedService | undefined;
let sender: ReturnType<typeof startSender> | undefined;

beforeAll(async () => {
  rabbit = await starter.start();
}, 150_000);
afterAll(() => starter.stop(), 30_000);
afterEach(async () => {
  await sender?.stop();
  await service?.kill();
  await mock?.close();
});

/** Publishes heartbeats, each of an instance of its own, one message at a time in each of four loops. */
function startSender() {
  const sent = new Set<string>();
  const confirmed = new Set<string>();
  const broker: Broker = openBroker(
    {
      name: 'sender',
      address: { url: rabbit.url },
      backoff: { firstMs: 50, maxMs: 200 },
    },
    {
      clock: systemClock,
      log: createRecordedLog().log,
      metrics: createMetrics({ connection: ['sender'] }),
    },
  );
  const publisher = broker.publisher({
    declare: [{ kind: 'queue', name: queue, durable: true }],
    confirmTimeoutMs: 5_000,
  });
  broker.start();
  let isStopped = false;
  let count = 0;
  const loop = async () => {
    while (!isStopped) {
      const batch = Array.from({ length: count % 5 === 0 ? 20 : 1 }, () => `i-${count++}`);
      for (const instance of batch) sent.add(instance);
      const body = batch.map((instance) =>
        JSON.stringify({ name: 'Orion', version: '1.0', instance, timestamp: Date.now() }),
      );
      const { kind } = await publisher.publish({
        exchange: '',
        routingKey: queue,
        body: Buffer.from(body.join('\n')),
        isPersistent: true,
      });
      if (kind === 'confirmed') for (const instance of batch) confirmed.add(instance);
      await delay(kind === 'confirmed' ? 50 : 250);
    }
  };
  const loops = [loop(), loop(), loop(), loop()];
  return {
    sent,
    confirmed,
    async stop() {
      isStopped = true;
      await Promise.all(loops);
      await broker.stop(0);
    },
  };
}

describeWith([rabbitProgram], 'A broker and a service that are killed in turn', () => {
  it(
    `lose nothing that the broker confirmed, and count nothing twice, in ${rounds} rounds`,
    async () => {
      mock = await startMock({ keystonePort: 0, monascaPort: 0 });
      const settings = {
        ...openStackSettings(mock.keystoneUrl),
        HEARTBEAT_DATA_DIR: temporaryFolder(),
        HEARTBEAT_INTAKE_AMQP_URL: rabbit.url,
        HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '20',
        HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '20',
      };
      let current = await spawnService(settings);
      service = current;
      const load = startSender();
      sender = load;
      for (let round = 0; round < rounds; round++) {
        const before = load.confirmed.size;
        await until(() => load.confirmed.size > before + 50, { withinMs: 60_000 });
        await delay(Math.random() * 500);
        if (round % 2 === 0) {
          await current.kill();
          current = await spawnService(settings);
          service = current;
        } else {
          await rabbit.kill();
          await rabbit.start();
        }
      }
      await load.stop();
      const monasca = readMonasca(mock);
      const state = async () => {
        const delivered = await monasca.instances();
        return {
          lost: [...load.confirmed].filter((one) => !delivered.has(one)).length,
          confirmed: load.confirmed.size,
          delivered: delivered.size,
          inQueue: await rabbit.countMessages(queue),
          health: await (await fetch(`${current.url}/health`)).text(),
        };
      };
      await untilResult(state, ({ lost }) => lost === 0, {
        withinMs: 60_000 + rounds * 2_000,
        everyMs: 500,
        wanted: 'every confirmed heartbeat in Monasca',
      });
      await drained(current.url);
      // One heartbeat each: more measurements than instances would be counted twice. What was not
      // confirmed may still arrive.
      const { delivered } = await untilResult(
        async () => ({
          measurements: await monasca.measurements(),
          delivered: await monasca.instances(),
        }),
        ({ measurements, delivered }) => measurements === delivered.size,
      );
      expect([...delivered].filter((one) => !load.sent.has(one))).toEqual([]);
      process.stderr.write(
        `${rounds} kills: ${load.sent.size} published, ${load.confirmed.size} confirmed, ` +
          `${delivered.size} in Monasca, 0 lost, 0 twice\n`,
      );
    },
    60_000 + rounds * 40_000,
  );
});
