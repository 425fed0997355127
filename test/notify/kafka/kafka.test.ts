import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kafkaNotifier } from '../../../service/config/sections/notifiers/kafka.ts';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { createKafka } from '../../../service/notify/kafka/kafka.ts';
import type { Notifier } from '../../../service/notify/notifier.ts';
import { anEvent, someEvents } from '../../support/events.ts';
import { type FakeKafka, kafkaErrors, startFakeKafka } from '../../support/fake-kafka.ts';

const noAbort = new AbortController().signal;

describe('createKafka', () => {
  let kafka: FakeKafka;
  const notifiers: Notifier[] = [];
  beforeEach(async () => {
    kafka = await startFakeKafka({ events: 6 });
  });
  afterEach(async () => {
    for (const notifier of notifiers.splice(0)) notifier.close();
    await kafka.stop();
  });

  function open(settings: Record<string, unknown> = {}): Notifier {
    const common = { name: 'bus', type: 'kafka', brokers: [kafka.address], topic: 'events' };
    const notifier = createKafka(kafkaNotifier.parse({ ...common, ...settings }));
    notifiers.push(notifier);
    return notifier;
  }
  const idsOf = (events: readonly LivenessEvent[]) => events.map(({ id }) => id);
  const received = () => kafka.messages.map(({ value }): string => JSON.parse(value).id);

  it('sends each event as a CloudEvent, with the component as the key', async () => {
    const event = anEvent({ subject: { name: 'a/b', version: '1.0', instance: 'i' } });
    expect(await open().deliver([event], noAbort)).toEqual({ kind: 'delivered', records: 1 });
    const [message] = kafka.messages;
    expect(message).toMatchObject({
      topic: 'events',
      key: 'a%2Fb/1.0',
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    });
    expect(JSON.parse(message?.value ?? '')).toMatchObject({ specversion: '1.0', id: event.id });
  });

  it('sends all events of a component to one partition, and those without one in turn', async () => {
    const events = someEvents(20);
    const ofService = Array.from({ length: 12 }, () =>
      anEvent({ kind: 'params.changed', subject: undefined }),
    );
    await open().deliver([...events, ...ofService], noAbort);
    const partitions = (key: string | undefined) =>
      kafka.messages.filter((one) => one.key === key).map(({ partition }) => partition);
    expect(new Set(partitions('Orion/1.0')).size).toBe(1);
    expect(partitions(undefined).toSorted()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it("chooses the partition that Kafka's own clients choose", async () => {
    const names = ['Orion', 'Keyrock', 'Cygnus', 'Perseo', 'Idas'];
    const subjects = names.map((name) => ({ name, version: '1.0', instance: 'i' }));
    await open().deliver(
      subjects.map((subject) => anEvent({ subject })),
      noAbort,
    );
    const chosen = Object.fromEntries(kafka.messages.map(({ key, partition }) => [key, partition]));
    expect(chosen).toEqual(partitionsOfJava);
  });

  it('sends the messages of hbtd without keys and headers, escaped as by Go', async () => {
    const subject = { name: 'Node', version: 'hbtd', instance: 'x0c0s0b0n0<&>\u2028' };
    const events = [
      anEvent({ kind: 'started', state: 'up', subject, ageSeconds: 0 }),
      anEvent({ kind: 'params.changed', subject: undefined }),
    ];
    const outcome = await open({ format: 'hbtd' }).deliver(events, noAbort);
    expect(outcome).toEqual({ kind: 'delivered', records: 1 });
    expect(kafka.messages).toMatchObject([{ key: undefined, headers: {} }]);
    expect(kafka.messages[0]?.value).toBe(
      '{"MessageID":"Heartbeat Change Notification","ID":"x0c0s0b0n0\\u003c\\u0026\\u003e\\u2028",' +
        '"NewState":"Ready","NewFlag":"OK","LastHBTimeStamp":"2026-01-01T00:00:00.000Z",' +
        '"Info":"Heartbeat started."}',
    );
  });

  it('cuts requests by their bytes', async () => {
    const events = someEvents(20).map((event) => ({ ...event, reason: 'x'.repeat(100_000) }));
    await open().deliver(events, noAbort);
    expect(received()).toEqual(idsOf(events));
    expect(kafka.requestBytes.length).toBe(5);
    expect(Math.max(...kafka.requestBytes)).toBeLessThan(500_000);
  });

  it('does not send again what was stored when another partition failed', async () => {
    const notifier = open();
    const names = ['Orion', 'Keyrock', 'Cygnus', 'Perseo'];
    const events = names.map((name) =>
      anEvent({ subject: { name, version: '1.0', instance: 'i' } }),
    );
    kafka.react((messages) =>
      messages.some(({ key }) => key === 'Cygnus/1.0') ? kafkaErrors.notLeader : 0,
    );
    expect(await notifier.deliver(events, noAbort)).toMatchObject({ reason: 'server-error' });
    kafka.react(() => 0);
    expect(await notifier.deliver(events, noAbort)).toEqual({ kind: 'delivered', records: 4 });
    expect(received().toSorted()).toEqual(idsOf(events).toSorted());
    // The ids were kept for that batch only: a later call sends all of them.
    await notifier.deliver(events, noAbort);
    expect(received()).toHaveLength(8);
  });

  it('lets halves isolate an event that Kafka rejects, without sending others twice', async () => {
    const notifier = open();
    const events = someEvents(8);
    const bad = events[5]?.id ?? '';
    kafka.react((messages) =>
      messages.some(({ value }) => value.includes(bad)) ? kafkaErrors.messageTooLarge : 0,
    );
    const kindOf = async (some: readonly LivenessEvent[]) =>
      (await notifier.deliver(some, noAbort)).kind;
    expect(await kindOf(events)).toBe('rejected');
    expect(await kindOf(events.slice(0, 4))).toBe('delivered');
    expect(await kindOf(events.slice(4))).toBe('rejected');
    expect(await kindOf(events.slice(4, 6))).toBe('rejected');
    expect(await kindOf(events.slice(4, 5))).toBe('delivered');
    expect(await kindOf(events.slice(5, 6))).toBe('rejected');
    expect(await kindOf(events.slice(6))).toBe('delivered');
    expect(received()).toEqual(idsOf(events).filter((id) => id !== bad));
  });

  it.each([
    ['notLeader', 'retry', 'server-error'],
    ['topicAuthorizationFailed', 'retry', 'forbidden'],
    // The record has the time of the request, so a clock is wrong and not the event.
    ['invalidTimestamp', 'retry', 'unexpected-answer'],
    ['unknownTopic', 'retry', 'server-error'],
    ['messageTooLarge', 'rejected', undefined],
    ['invalidRecord', 'rejected', undefined],
  ] as const)('answers the error %s with %s %s', async (name, kind, reason) => {
    kafka.react(() => kafkaErrors[name]);
    const outcome = await open().deliver(someEvents(1), noAbort);
    expect(outcome).toMatchObject({ kind, ...(reason === undefined ? {} : { reason }) });
  });

  it('waits for a topic that is not there, and names it', async () => {
    const outcome = await open({ topic: 'other' }).deliver(someEvents(1), noAbort);
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'unexpected-answer' });
    expect(outcome).toMatchObject({ detail: expect.stringContaining('other') });
  });

  it('waits for a broker that is away, hangs or breaks the connection', async () => {
    const notifier = open({ timeoutSeconds: 1 });
    const reasonOf = async (some = notifier) => await some.deliver(someEvents(1), noAbort);
    kafka.react(() => 'hang');
    expect(await reasonOf()).toMatchObject({ kind: 'retry', reason: 'timeout' });
    kafka.react(() => 'cut');
    expect(await reasonOf()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
    kafka.react(() => 0);
    expect(await reasonOf()).toMatchObject({ kind: 'delivered' });
    await kafka.stop();
    expect(await reasonOf()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
  });

  it('delivers at once after the broker has closed an idle connection', async () => {
    const notifier = open();
    await notifier.deliver(someEvents(1), noAbort);
    kafka.disconnect();
    await delay(200);
    expect(await notifier.deliver(someEvents(1), noAbort)).toMatchObject({ kind: 'delivered' });
  });

  it('ends a call at once when its signal aborts', async () => {
    kafka.react(() => 'hang');
    const begun = performance.now();
    const outcome = await open().deliver(someEvents(1), AbortSignal.timeout(200));
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'aborted' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

/** `Utils.toPositive(Utils.murmur2(key)) % 6` of Kafka 4.4.0. */
const partitionsOfJava = {
  'Orion/1.0': 0,
  'Keyrock/1.0': 1,
  'Cygnus/1.0': 0,
  'Perseo/1.0': 3,
  'Idas/1.0': 4,
};
