import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { allEvents, eventsOf, histories, kindsOf, untilEvents } from '../support/event-reader.ts';
import { listenTo } from '../support/event-source.ts';
import { metric } from '../support/pipeline-state.ts';
import { type Sender, startSender } from '../support/sender.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Senders declare a second: late after two, down after four. */
const lateMs = 2_000;
const downMs = 4_000;
/** Delay by an evaluation every second and by a busy machine. */
const slackMs = 3_000;

let service: SpawnedService | undefined;
let senders: Sender[] = [];

afterEach(async () => {
  await service?.kill();
  await Promise.all(senders.map((sender) => sender.end()));
  service = undefined;
  senders = [];
});

async function start(settings: Record<string, string> = {}): Promise<SpawnedService> {
  service = await spawnService(settings);
  return service;
}

function sender(instance: string, name = 'Orion'): Sender {
  const started = startSender(() => service?.url ?? '', instance, { name });
  senders.push(started);
  return started;
}

/** Waits until an event of this kind was reported for the instance. */
const reported = (instance: string, kind: string) =>
  untilEvents(service?.url ?? '', (events) =>
    kindsOf(events, instance).some((one) => one === kind),
  );

const instanceSchema = z.object({
  instance: z.string(),
  state: z.string(),
  ageSeconds: z.number(),
  interval: z.number(),
  lateSeconds: z.number(),
  downSeconds: z.number(),
  presentSince: z.string().optional(),
});

async function readInstances(url: string, query = '') {
  const answer = await fetch(`${url}/api/v1/instances${query}`);
  const page = z.object({ instances: z.array(instanceSchema) }).parse(await answer.json());
  return page.instances;
}

const patch = (url: string, change: object) =>
  fetch(`${url}/api/v1/params`, { method: 'PATCH', body: JSON.stringify(change) });

describe('The events of instances that become absent', () => {
  it('have the right kinds and times, in the log and in the stream', async () => {
    const { url, port } = await start();
    const stream = await listenTo(port, '/api/v1/events/stream');
    sender('lives');
    const dies = sender('dies');
    const leaves = sender('leaves');
    const isTakenOut = sender('is taken out');
    const isReplaced = sender('is replaced');
    const vanishes = sender('vanishes');
    await untilEvents(url, (events) => events.length >= 6);

    dies.silence();
    await leaves.sendStopping();
    isTakenOut.silence();
    await delay(300);
    const path = 'api/v1/instances/Orion/1.0/is%20taken%20out';
    expect((await fetch(`${url}/${path}`, { method: 'DELETE' })).status).toBe(204);
    await isReplaced.sendStopping();
    sender('replaces');
    vanishes.silence();
    sender('takes its place');

    const late = await reported('dies', 'late');
    const down = await reported('dies', 'down');
    dies.resume();
    const resumedMs = Date.now();
    await reported('dies', 'recovered');
    expect(Date.now()).toBeLessThan(resumedMs + slackMs);
    const events = await reported('vanishes', 'down');

    expect(histories(events)).toEqual({
      lives: ['started'],
      dies: ['started', 'late', 'down', 'recovered'],
      leaves: ['started', 'retired'],
      'is taken out': ['started', 'retired'],
      'is replaced': ['started', 'retired'],
      replaces: ['started'],
      vanishes: ['started', 'late', 'down'],
      'takes its place': ['started'],
    });
    // The last acknowledged heartbeat before the absence.
    const sentMs = vanishes.lastSentMs();
    const [, lateAt, downAt] = eventsOf(events, 'vanishes').map(({ time }) => Date.parse(time));
    expect(lateAt).toBeGreaterThanOrEqual(sentMs + lateMs);
    expect(lateAt).toBeLessThan(sentMs + lateMs + slackMs);
    expect(downAt).toBeGreaterThanOrEqual(sentMs + downMs);
    expect(downAt).toBeLessThan(sentMs + downMs + slackMs);
    for (const [all, kind, thresholdMs] of [
      [late, 'late', lateMs],
      [down, 'down', downMs],
    ] as const) {
      const age = eventsOf(all, 'dies').find(({ data }) => data.kind === kind)?.data.ageSeconds;
      expect(age).toBeGreaterThanOrEqual(thresholdMs / 1_000);
      expect(age).toBeLessThan((thresholdMs + slackMs) / 1_000);
    }

    const log = await allEvents(url);
    await stream.until(() => stream.events.length >= log.length);
    const streamed = stream.events.map(({ data }) => JSON.parse(data));
    expect(streamed.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(log);
    expect(stream.events.map(({ id }) => id)).toEqual(streamed.map(({ id }) => id));

    const now = await readInstances(url);
    expect(Object.fromEntries(now.map(({ instance, state }) => [instance, state]))).toEqual({
      lives: 'up',
      dies: 'up',
      leaves: 'retired',
      'is taken out': 'retired',
      'is replaced': 'retired',
      replaces: 'up',
      vanishes: 'down',
      'takes its place': 'up',
    });
    expect(await readInstances(url, '?state=down')).toMatchObject([
      { instance: 'vanishes', interval: 1, lateSeconds: 2, downSeconds: 4 },
    ]);
    expect(await metric(url, 'heartbeat_instances', '{state="up"}')).toBe(4);
    expect(await metric(url, 'heartbeat_instances', '{state="retired"}')).toBe(3);
  }, 60_000);

  it('keeps the begin of a presence over restarts', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    let current = await start(settings);
    sender('lives');
    await reported('lives', 'started');
    const [before] = await readInstances(current.url);
    expect(before?.presentSince).toBeDefined();
    for (const end of ['kill', 'stop'] as const) {
      await current[end]();
      current = await start(settings);
      const { url } = current;
      const [after] = await readInstances(url);
      expect(after).toMatchObject({ state: 'up', presentSince: before?.presentSince });
      await delay(700);
      expect(await readInstances(url)).toMatchObject([{ presentSince: before?.presentSince }]);
    }
  }, 60_000);

  it('applies parameters that are changed while it runs, and keeps them', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    const { url, kill } = await start(settings);
    const rejected = await patch(url, { lateSeconds: 20, downSeconds: 10 });
    expect(rejected.status).toBe(400);
    expect(await rejected.json()).toMatchObject({ errors: [{ path: '$.downSeconds' }] });
    await fetch(`${url}/api/v1/heartbeats`, {
      method: 'POST',
      body: JSON.stringify({ name: 'Cygnus', version: '1', instance: 'dies' }),
    });
    const changed = await patch(url, { lateSeconds: 1, downSeconds: 3 });
    expect(await changed.json()).toMatchObject({ lateSeconds: 1, downSeconds: 3 });
    expect(kindsOf(await reported('dies', 'down'), 'dies')).toEqual(['started', 'late', 'down']);

    await kill();
    const again = await start(settings);
    const params = await (await fetch(`${again.url}/api/v1/params`)).json();
    expect(params).toMatchObject({ lateSeconds: 1, downSeconds: 3 });
    const audited = (await allEvents(again.url)).filter(
      ({ data }) => data.kind === 'params.changed',
    );
    expect(audited).toHaveLength(1);
    expect(JSON.stringify(audited)).toContain('127.0.0.1');
  }, 60_000);
});
