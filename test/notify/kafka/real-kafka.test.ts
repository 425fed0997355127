import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { kafkaNotifier } from '../../../service/config/sections/notifiers/kafka.ts';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { createKafka } from '../../../service/notify/kafka/kafka.ts';
import type { Notifier } from '../../../service/notify/notifier.ts';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { allEvents } from '../../support/event-reader.ts';
import { anEvent, someEvents } from '../../support/events.ts';
import { describeWithKafka, type KafkaServer, kafkaUser, startKafka } from '../../support/kafka.ts';
import { startLoad } from '../../support/load.ts';
import { type SpawnedService, spawnService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { untilResult } from '../../support/until.ts';

const noAbort = new AbortController().signal;
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 2);

describeWithKafka('A Kafka notifier with a real Kafka', (lib) => {
  let kafka: KafkaServer;
  let authority: Authority;
  const notifiers: Notifier[] = [];

  beforeAll(async () => {
    authority = createAuthority(mkdtempSync(join(tmpdir(), 'kafka-tls-')));
    const { certFile, keyFile } = authority.issue('kafka', {
      commonName: 'kafka',
      alternativeNames: 'IP:127.0.0.1',
    });
    const tls = {
      certificate: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    };
    kafka = await startKafka(lib, { tls });
    await kafka.createTopic('events', 3);
    await kafka.createTopic('telemetry', 3);
    await kafka.createTopic('small', 3, { 'max.message.bytes': '2000' });
    await kafka.createTopic('crash', 3);
  }, 180_000);
  afterAll(async () => {
    for (const notifier of notifiers) notifier.close();
    await kafka?.stop();
  });

  const brokers = (port: 'plain' | 'tls' | 'sasl') => ({
    brokers: [`127.0.0.1:${kafka.ports[port]}`],
  });
  function open(settings: Record<string, unknown>): Notifier {
    const common = { name: 'bus', type: 'kafka', topic: 'events', ...brokers('plain') };
    const notifier = createKafka(kafkaNotifier.parse({ ...common, ...settings }));
    notifiers.push(notifier);
    return notifier;
  }
  const idsOf = (events: readonly LivenessEvent[]) => events.map(({ id }) => id);
  const valueIds = async (topic: string) =>
    (await kafka.messages(topic)).map(({ value }): string => JSON.parse(value).id);

  it('stores events in the order of their component, which is the key', async () => {
    const events = someEvents(2_000);
    const outcome = await open({}).deliver(events, noAbort);
    expect(outcome).toEqual({ kind: 'delivered', records: 2_000 });
    const messages = await kafka.messages('events');
    expect(new Set(messages.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1);
    expect(messages[0]).toMatchObject({
      key: 'Orion/1.0',
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    });
    expect(await valueIds('events')).toEqual(idsOf(events));
  }, 60_000);

  it('spreads the messages of hbtd over the partitions, without keys', async () => {
    const events = someEvents(9);
    await open({ topic: 'telemetry', format: 'hbtd' }).deliver(events, noAbort);
    const messages = await kafka.messages('telemetry');
    expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(messages.every(({ key, headers }) => !key && Object.keys(headers).length === 0)).toBe(
      true,
    );
    expect(messages.map(({ value }): string => JSON.parse(value).NewFlag)).toEqual(
      Array(9).fill('Alert'),
    );
  }, 60_000);

  it('isolates an event that is too large for the topic', async () => {
    const notifier = open({ topic: 'small' });
    const names = ['Orion', 'Keyrock', 'Perseo', 'Idas'];
    const events = names.map((name, index) =>
      anEvent({
        subject: { name, version: '1.0', instance: 'i' },
        reason: index === 1 ? 'x'.repeat(5_000) : 'x',
      }),
    );
    const kindOf = async (some: LivenessEvent[]) => (await notifier.deliver(some, noAbort)).kind;
    expect(await kindOf(events)).toBe('rejected');
    expect(await kindOf(events.slice(0, 2))).toBe('rejected');
    expect(await kindOf(events.slice(0, 1))).toBe('delivered');
    expect(await kindOf(events.slice(1, 2))).toBe('rejected');
    expect(await kindOf(events.slice(2))).toBe('delivered');
    const stored = idsOf(events.filter((_, index) => index !== 1));
    expect((await valueIds('small')).toSorted()).toEqual(stored.toSorted());
  }, 60_000);

  it('waits for a topic that is not there', async () => {
    const outcome = await open({ topic: 'nowhere' }).deliver(someEvents(1), noAbort);
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'unexpected-answer' });
    expect(outcome).toMatchObject({ detail: expect.stringContaining('nowhere') });
  }, 60_000);

  it('verifies the certificate of the broker', async () => {
    const { caFile } = authority;
    const outcomeOf = (settings: Record<string, unknown>) =>
      open({ ...brokers('tls'), tls: true, ...settings }).deliver(someEvents(1), noAbort);
    expect(await outcomeOf({ caFile })).toMatchObject({ kind: 'delivered' });
    expect(await outcomeOf({ insecure: true })).toMatchObject({ kind: 'delivered' });
    expect(await outcomeOf({})).toMatchObject({ kind: 'retry', reason: 'unreachable' });
  }, 60_000);

  it('logs in by SASL', async () => {
    const { caFile } = authority;
    const outcomeOf = (mechanism: string, password = kafkaUser.password) =>
      open({
        ...brokers('sasl'),
        ...{ tls: true, caFile },
        sasl: { mechanism, username: kafkaUser.username, password },
      }).deliver(someEvents(1), noAbort);
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      expect([mechanism, await outcomeOf(mechanism)]).toMatchObject([
        mechanism,
        { kind: 'delivered' },
      ]);
      expect([mechanism, await outcomeOf(mechanism, 'wrong')]).toMatchObject([
        mechanism,
        { kind: 'retry', reason: 'unauthenticated' },
      ]);
    }
  }, 60_000);

  it(
    `gets every event of a service, in ${rounds} rounds with a kill of Kafka or of the service`,
    async () => {
      const notifier = { name: 'bus', type: 'kafka', topic: 'crash', ...brokers('plain') };
      const settings = {
        HEARTBEAT_DATA_DIR: temporaryFolder(),
        HEARTBEAT_NOTIFIERS: JSON.stringify([{ ...notifier, timeoutSeconds: 5 }]),
        HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '50',
        HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
      };
      let service: SpawnedService = await spawnService(settings);
      for (let round = 0; round < rounds; round++) {
        const load = startLoad(() => service.url, { prefix: `r${round}`, senders: 3, pauseMs: 30 });
        await delay(200 + Math.random() * 500);
        await (round % 2 === 0 ? kafka : service).kill();
        await delay(Math.random() * 500);
        await load.stop();
        if (round % 2 === 0) await kafka.restart();
        else service = await spawnService(settings);
      }
      const health = async () => JSON.parse(await (await fetch(`${service.url}/health`)).text());
      const behind = async () => (await health()).dependencies['notifier.bus'].behind;
      await untilResult(behind, (events) => events === 0, { withinMs: 60_000, everyMs: 200 });
      const events = await allEvents(service.url);
      const messages = await valueIds('crash');
      const received = new Set(messages);
      process.stderr.write(
        `${rounds} kills: ${events.length} events, ${messages.length} messages, ` +
          `${messages.length - received.size} of them repeated\n`,
      );
      expect(events.length).toBeGreaterThan(rounds * 5);
      expect(events.filter(({ id }) => !received.has(id))).toEqual([]);
      expect(received.size).toBe(events.length);
      await service.kill();
    },
    60_000 + rounds * 60_000,
  );
});
