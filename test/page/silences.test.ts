import { afterEach, expect, it } from '@jest/globals';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { startSender } from '../support/sender.ts';
import { startService } from '../support/service.ts';
import { startTestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

describeWith(['chromium'], 'silences in the page', () => {
  it('stop a notification at a real receiver, after a preview of what they match', async () => {
    const receiver = await startTestServer();
    started.push(receiver);
    const service = await startService({
      HEARTBEAT_NOTIFIERS: JSON.stringify([
        {
          ...{ name: 'receiver', type: 'webhook', url: receiver.url, allowPrivate: true },
          match: [{ kinds: ['down'] }],
        },
      ]),
    });
    started.push(service);
    const senders = ['o-1', 'o-2'].map((instance) => startSender(() => service.url, instance));
    const { page, faults } = await openPage(service.url);
    await page.getByText('All 2 instances are up').waitFor();
    await page.locator('.row-link').click();
    await page.getByRole('link', { name: 'o-1', exact: true }).click();
    await page.getByRole('link', { name: 'Silence', exact: true }).click();
    await page.getByText('1 instance matches now').waitFor();
    await page.getByLabel('Author').fill('Ann');
    await page.getByLabel('Reason').fill('a test');
    await page.getByRole('button', { name: 'Add the silence' }).click();
    await page.locator('.silence .badge.active').waitFor();
    for (const sender of senders) sender.silence();
    await until(() => receiver.received.length > 0);
    await page.goto(`${service.url}/events?q=down`);
    await page.locator('.event-row', { hasText: 'silenced' }).first().waitFor();
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.instance)).toEqual(['o-2']);

    await page.goto(`${service.url}/silences`);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('button', { name: 'End: press again' }).click();
    await page.getByText('Nothing is silenced').waitFor();
    // A problem is displayed beside the form that caused it.
    await page.goto(`${service.url}/silences?add=1&name=x`);
    await page.getByLabel('Author').fill('Ann');
    await page.getByLabel('Reason').fill('a\u0007test');
    await page.getByRole('button', { name: 'Add the silence' }).click();
    await page.locator('.silence-form .failure', { hasText: 'reason' }).waitFor();
    expect(faults.filter((fault) => !fault.includes('400'))).toEqual([]);
  }, 60_000);
});
