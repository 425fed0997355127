import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { eventsOf, untilEvents } from '../support/event-reader.ts';
import { type Settings, type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createWallClock } from '../support/wall-clock.ts';

let service: SpawnedService | undefined;
afterEach(() => service?.kill());

async function start(settings: Settings): Promise<SpawnedService> {
  service = await spawnService(settings);
  return service;
}

const beat = (url: string, instance: string) =>
  fetch(`${url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify({ name: 'Orion', version: '1.0', instance, interval: 1 }),
  });

async function silence(url: string, matchers: object, durationSeconds: number): Promise<string> {
  const body = JSON.stringify({ matchers, durationSeconds, reason: 'a test', author: 'me' });
  const answer = await fetch(`${url}/api/v1/silences`, { method: 'POST', body });
  expect(answer.status).toBe(201);
  const { id }: { id: string } = JSON.parse(await answer.text());
  return id;
}

async function statesOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/silences`);
  const page: { silences: { state: string }[] } = JSON.parse(await answer.text());
  return page.silences.map(({ state }) => state);
}

/** The kinds of the events of an instance, in brackets if it was silenced. */
const history = (events: readonly CloudEvent[], instance: string): string[] =>
  eventsOf(events, instance).map(({ data: { kind, silencedBy } }) =>
    silencedBy === undefined ? kind : `(${kind})`,
  );

const kinds = (events: readonly CloudEvent[], kind: string) =>
  events.filter(({ data }) => data.kind === kind);

describe('A silence', () => {
  it('is there after a crash right after the response, with everything that it silenced', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    for (let round = 1; round <= 3; round++) {
      const { url, kill } = await start(settings);
      await silence(url, { instance: `r${round}` }, 3_600);
      await kill();
    }
    const before = await start(settings);
    expect(await statesOf(before.url)).toEqual(['active', 'active', 'active']);
    expect(kinds(await untilEvents(before.url, () => true), 'silence.created')).toHaveLength(3);

    await beat(before.url, 'r2');
    await untilEvents(before.url, (events) => history(events, 'r2').includes('(down)'));
    await before.kill();
    const { url } = await start(settings);
    await delay(1_500);
    await beat(url, 'r2');
    const events = await untilEvents(url, (all) => history(all, 'r2').length >= 4);
    expect(history(events, 'r2')).toEqual(['(started)', '(late)', '(down)', '(recovered)']);
  }, 60_000);

  it('reports at its end each instance that is still down, once, though the service is killed then', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    const before = await start(settings);
    const id = await silence(before.url, { name: 'Orion' }, 3_600);
    const names = Array.from({ length: 9 }, (_, n) => `i${n}`);
    for (const name of names) await beat(before.url, name);
    await untilEvents(before.url, (events) => kinds(events, 'down').length === names.length);
    await fetch(`${before.url}/api/v1/silences/${id}`, { method: 'DELETE' });
    await before.kill();
    const between = await start(settings);
    await untilEvents(between.url, (events) => kinds(events, 'still_down').length > 0);
    await between.kill();
    const { url } = await start(settings);
    await untilEvents(url, (events) => kinds(events, 'still_down').length >= names.length);
    await delay(1_500);
    const events = await untilEvents(url, () => true);
    expect(kinds(events, 'silence.ended')).toHaveLength(1);
    for (const name of names) {
      expect(history(events, name)).toEqual(['(started)', '(late)', '(down)', 'still_down']);
    }
  }, 60_000);

  it('follows the wall clock, in whichever direction that is set', async () => {
    const clock = createWallClock();
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder(), ...clock.settings };
    const { url, exited } = await start(settings);
    const hourMs = 3_600_000;
    await silence(url, { name: 'Orion' }, 1_800);
    await beat(url, 'a');
    await clock.set(-hourMs);
    await untilEvents(url, (events) => history(events, 'a').includes('(down)'));
    expect(await statesOf(url)).toEqual(['active']);
    await clock.set(hourMs);
    await untilEvents(url, (events) => history(events, 'a').includes('still_down'));
    expect(await statesOf(url)).toEqual(['expired']);
    await clock.set(0);
    await delay(1_500);
    expect(await statesOf(url)).toEqual(['active']);
    await beat(url, 'b');
    const events = await untilEvents(url, (all) => history(all, 'b').includes('(down)'));
    expect(history(events, 'a').filter((kind) => kind === 'still_down')).toHaveLength(1);
    expect(await Promise.race([exited, 'it runs'])).toBe('it runs');
  }, 60_000);
});

describe('A maintenance window', () => {
  it('that is open at a crash is open after it, and is reported once', async () => {
    const always = {
      name: 'always',
      cron: '* * * * *',
      durationSeconds: 3_600,
      match: { name: 'Orion' },
      reason: 'a test',
    };
    const settings = {
      HEARTBEAT_DATA_DIR: temporaryFolder(),
      HEARTBEAT_MAINTENANCE: JSON.stringify([always]),
    };
    const before = await start(settings);
    await untilEvents(before.url, (events) => kinds(events, 'silence.created').length > 0);
    await before.kill();
    const { url } = await start(settings);
    await beat(url, 'a');
    const events = await untilEvents(url, (all) => history(all, 'a').includes('(down)'));
    expect(history(events, 'a')).toEqual(['(started)', '(late)', '(down)']);
    expect(kinds(events, 'silence.created')).toHaveLength(1);
    expect(eventsOf(events, 'a')[0]?.data.silencedBy).toBe('maintenance.always');
    expect(await statesOf(url)).toEqual(['active']);
  }, 60_000);
});
