import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { type LocalService, startService } from '../support/service.ts';

const hostile = [
  '<img src=x onerror="globalThis.isAttacked = true">',
  '\u200fevil \u05e9\u05dc\u05d5\u05dd',
  'long-'.repeat(51),
  '"><script>globalThis.isAttacked = true</script>',
];

let service: LocalService;
beforeAll(async () => {
  service = await startService();
  const beats = [
    ...hostile.map((name, at) => ({ name, version: hostile[at], instance: hostile[at] })),
    ...['1', '2'].map((instance) => ({ name: 'Orion', version: '1.0', instance, interval: 3_600 })),
  ];
  await post('heartbeats', beats);
  const [name] = hostile;
  const author = hostile[3];
  const silence = { matchers: { name }, durationSeconds: 3_600, reason: hostile[0], author };
  await post('silences', silence);
}, 30_000);
afterAll(() => service?.stop());

async function post(path: string, body: unknown): Promise<void> {
  const address = `${service.url}/api/v1/${path}`;
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
}

const ofHostile = new URLSearchParams({
  ...{ name: hostile[0] ?? '', version: hostile[0] ?? '', instance: hostile[0] ?? '' },
});
const ofLong = new URLSearchParams({ name: hostile[2] ?? '', version: hostile[2] ?? '' });
const views = [
  ...['', `component?${ofLong}`, `instance?${ofHostile}`, 'activity', 'events', 'pipeline'],
  ...['silences?add=1&name=Or*', 'wall', 'sign-in'],
];

/** Waits until the view is complete: nothing is being loaded, and fonts and sizes are final. */
async function settle(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.locator('.loading').waitFor({ state: 'detached' });
  await page.waitForTimeout(150);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type Violation = { readonly id: string; readonly nodes: readonly { readonly html: string }[] };

describeWith(['chromium'], 'each view', () => {
  it.each(['light', 'dark'] as const)(
    'is accessible and breaks no policy in the %s theme',
    async (colorScheme) => {
      const { page, faults } = await openPage(service.url, { colorScheme });
      for (const view of views) {
        await page.goto(`${service.url}/${view}`);
        await settle(page);
        expect({ view, faults }).toEqual({ view, faults: [] });
        // A script of the test is not bound by the policy of the page.
        await page.evaluate(axe);
        const violations: Violation[] = await page.evaluate(
          'axe.run(document).then(({ violations }) => violations)',
        );
        const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
        expect({ view, found }).toEqual({ view, found: [] });
      }
    },
    60_000,
  );

  it('fits the width of a phone, and displays hostile names as text', async () => {
    const { page, faults } = await openPage(service.url, { viewport: { width: 360, height: 780 } });
    for (const view of views) {
      await page.goto(`${service.url}/${view}`);
      await settle(page);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect({ view, width }).toEqual({ view, width: 360 });
    }
    await page.goto(service.url);
    await page.locator('.row', { hasText: '<img src=x' }).waitFor();
    await page.locator('.row', { hasText: '⟨200F⟩evil' }).first().waitFor();
    expect(await page.evaluate('globalThis.isAttacked')).toBeUndefined();
    expect(faults).toEqual([]);
  }, 60_000);
});
