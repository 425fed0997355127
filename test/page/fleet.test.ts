import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { type LocalService, startService } from '../support/service.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService();
  const beats = Array.from({ length: 10_000 }, (_, at) => ({
    name: `component-${String(at % 1_000).padStart(3, '0')}`,
    version: '1.0',
    instance: `instance-${at}`,
    interval: 3_600,
  }));
  const url = `${service.url}/api/v1/heartbeats`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(beats) });
  expect(answer.status).toBe(202);
}, 30_000);
afterAll(() => service?.stop());

/** Frames a second while the page is scrolled through the whole list. */
const scrollThrough = `new Promise((resolve) => {
  const beganMs = performance.now();
  let frames = 0;
  const frame = () => {
    frames += 1;
    scrollBy(0, 400);
    const seconds = (performance.now() - beganMs) / 1000;
    if (seconds < 2) requestAnimationFrame(frame);
    else resolve(frames / seconds);
  };
  requestAnimationFrame(frame);
})`;

describeWith(['chromium'], 'a fleet of 10,000 instances in 1,000 components', () => {
  it('is displayed with few elements, and scrolls to its end', async () => {
    const { page, faults, requests } = await openPage(service.url);
    await page.getByText('All 10,000 instances are up').waitFor();
    expect(await page.locator('.row').count()).toBeLessThan(60);
    // Of a machine with other work this is no measurement, but a page that hangs is found.
    expect(await page.evaluate(scrollThrough)).toBeGreaterThan(10);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await page.locator('.row', { hasText: 'component-999' }).waitFor();
    const bytes = await page.evaluate(
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'))" +
        '.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)',
    );
    expect(bytes).toBeLessThan(120_000);
    expect(requests.filter((address) => new URL(address).origin !== service.url)).toEqual([]);
    expect(faults).toEqual([]);
  }, 60_000);
});
