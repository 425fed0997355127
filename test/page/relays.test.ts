import { afterEach, expect, it } from '@jest/globals';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { startService } from '../support/service.ts';
import { startTestServer } from '../support/test-server.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

describeWith(['chromium'], 'relays in the page', () => {
  it('are closed with the reason, and held open by a bypass with its caller', async () => {
    const target = await startTestServer();
    started.push(target);
    const service = await startService({
      HEARTBEAT_RELAYS: JSON.stringify([
        { name: 'dome', sources: [{ name: 'guider' }], target: { type: 'http', url: target.url } },
      ]),
    });
    started.push(service);
    const { page, faults } = await openPage(`${service.url}/pipeline`);
    const card = page.locator('.stage.bad', { hasText: 'dome' });
    await card.getByText('No instance that matches guider/*/* has sent a heartbeat.').waitFor();
    await fetch(`${service.url}/api/v1/relays/dome/bypass`, {
      method: 'POST',
      body: JSON.stringify({ durationSeconds: 60, reason: 'mirror cleaning' }),
    });
    await page.locator('.stage.warning', { hasText: 'mirror cleaning' }).waitFor();
    expect(faults).toEqual([]);
  }, 60_000);
});
