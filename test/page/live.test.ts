import { afterEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { startSender } from '../support/sender.ts';
import { spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';
import { until, untilResult } from '../support/until.ts';

const services: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

async function start(settings: Readonly<Record<string, string>> = {}) {
  const service = await spawnService(settings);
  services.push(service);
  return service;
}

const rowText = (page: Page, name: string) =>
  page.locator('.row', { hasText: name }).first().textContent();

describeWith(['chromium'], 'the live page', () => {
  it('displays the death of an instance within two seconds, without a reload', async () => {
    const service = await start();
    const sender = startSender(() => service.url, 'o-1');
    const { page, requests, faults } = await openPage(service.url);
    await page.getByText('The only instance is up').waitFor();
    const loaded = requests.length;
    sender.silence();
    const url = `${service.url}/api/v1/events?kind=down`;
    type Found = { events: { time: string }[] };
    const read = async (): Promise<Found> => JSON.parse(await (await fetch(url)).text());
    const { events } = await untilResult(read, (found) => found.events.length > 0);
    await page.getByText('1 instance is down').waitFor({ timeout: 10_000 });
    const shownMs = Date.now();
    expect(shownMs - Date.parse(events[0]?.time ?? '')).toBeLessThan(2_000);
    expect(await rowText(page, 'Orion')).toContain('1 down');
    await page.locator('.latest .event-line', { hasText: 'down' }).waitFor();
    sender.resume();
    await page.getByText('The only instance is up').waitFor();
    expect(requests.slice(loaded)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('recovers by itself from a restart, and has every event once', async () => {
    const settings = {
      HEARTBEAT_HTTP_PORT: String(await freePort()),
      HEARTBEAT_DATA_DIR: temporaryFolder(),
    };
    const first = await start(settings);
    const post = (instance: string) =>
      fetch(`${first.url}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify({ name: 'Orion', version: '1.0', instance, interval: 3_600 }),
      });
    await post('a-1');
    const { page } = await openPage(`${first.url}/events`);
    await page.locator('.event-row', { hasText: 'a-1' }).waitFor();
    await page.evaluate('globalThis.isSame = true');
    await first.stop();
    await page.getByText('Not live since').waitFor();
    await start(settings);
    for (const instance of ['a-2', 'a-3', 'a-4']) await post(instance);
    await page.locator('.live-sign.live').waitFor();
    await page.locator('.event-row', { hasText: 'a-4' }).waitFor();
    const shown = await page.locator('.event-row').allTextContents();
    for (const instance of ['a-1', 'a-2', 'a-3', 'a-4']) {
      expect(shown.filter((text) => text.includes(instance))).toHaveLength(1);
    }
    expect(await page.evaluate('globalThis.isSame')).toBe(true);
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByText('All 4 instances are up').waitFor();
  });

  it('finds components and instances by a part of their names', async () => {
    const service = await start();
    const identities = [
      ['Orion', '3.10.1', 'orion-7f9c'],
      ['Orion', '4.0.0', 'orion-84d1'],
      ['Cygnus', '2.0', 'host-17'],
    ] as const;
    const beats = identities.map(([name, version, instance]) => ({ name, version, instance }));
    const body = JSON.stringify(beats);
    await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body });
    const { page } = await openPage(service.url);
    await page.getByText('2 versions').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('cyg');
    await until(async () => (await page.locator('.rows .row').count()) === 1);
    expect(page.url()).toContain('q=cyg');
    await page.getByRole('searchbox').fill('84d1');
    await page.getByText('Instances that match').waitFor();
    await page.getByRole('link', { name: 'orion-84d1', exact: true }).click();
    await page.getByRole('heading', { name: 'orion-84d1' }).waitFor();
    await page.goBack();
    expect(await page.getByRole('searchbox').inputValue()).toBe('84d1');
    await page.getByRole('searchbox').fill('');
    await page.getByText('2 versions').click();
    expect(await page.locator('.row.member').allTextContents()).toEqual([
      expect.stringContaining('3.10.1'),
      expect.stringContaining('4.0.0'),
    ]);
  });
});
