import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { startStack } from '../../demo/stack/stack.ts';
import { fleet, nowSeconds, pastSeconds, pastTimes } from './fleet.ts';

/**
 * Makes a screenshot of each view of the page in both themes and at two widths, with a real service
 * and the mock of Monasca, into a folder. With `--readme` it renews the two images of the README.
 */
const { values } = parseArgs({
  options: {
    readme: { type: 'boolean', default: false },
    to: { type: 'string', default: 'screenshots' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** Views that need some time until they are complete. */
const slow: ReadonlySet<string> = new Set(['pipeline', 'activity']);

const views = {
  overview: './',
  component: `component?${new URLSearchParams({ name: 'Cygnus', version: '2.0' })}`,
  instance: `instance?${new URLSearchParams({ name: 'Cygnus', version: '2.0', instance: 'cygnus-b' })}`,
  activity: 'activity?period=24h',
  events: 'events',
  silences: 'silences',
  'silence-form': 'silences?add=1&name=IoT*',
  pipeline: 'pipeline',
  wall: 'wall',
} as const;

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

/** Sends the past of the fleet, then its heartbeats of now until `signal` aborts. */
async function send(serviceUrl: string, signal: AbortSignal): Promise<void> {
  const url = `${serviceUrl}/api/v1/heartbeats`;
  const identity = ({ name, version, instance }: (typeof fleet)[number]) => ({
    name,
    version,
    instance,
  });
  const beats = (interval: number, members = fleet) =>
    members.map((one) => ({ ...identity(one), interval }));
  const nowMs = Date.now();
  const past = fleet.flatMap((one) =>
    pastTimes(one, nowMs).map((timestamp) => ({
      ...identity(one),
      interval: pastSeconds,
      timestamp,
    })),
  );
  for (let at = 0; at < past.length; at += 5_000) await post(url, past.slice(at, at + 5_000));
  const present = fleet.filter(({ active }) => active.some(([, toHours]) => toHours === 0));
  await post(url, beats(nowSeconds, present));
  const gone = fleet.find(({ instance }) => instance === 'orion-7f9c-c');
  if (gone) {
    const timestamp = pastTimes(gone, nowMs).at(-1);
    await post(url, { ...identity(gone), timestamp, status: 'stopping' });
  }
  await post(`${serviceUrl}/api/v1/silences`, {
    ...{ matchers: { name: 'Orion', version: '4.*' }, durationSeconds: 7_200, author: 'Ann' },
    reason: 'Upgrade of the context broker',
  });
  const alive = fleet.filter(({ isAlive }) => isAlive);
  void (async () => {
    while (!signal.aborted) {
      await post(url, beats(nowSeconds, alive)).catch(() => undefined);
      await delay(nowSeconds * 1_000, undefined, { signal }).catch(() => undefined);
    }
  })();
  // The one that crashed is down by then.
  await delay(nowSeconds * 4_000 + 2_500);
}

async function shoot(browser: Browser, serviceUrl: string, folder: string): Promise<void> {
  const sizes = { desktop: { width: 1_360, height: 850 }, phone: { width: 390, height: 844 } };
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' });
      const page = await context.newPage();
      for (const [view, path] of Object.entries(views)) {
        await page.goto(`${serviceUrl}/${path.replace('./', '')}`);
        await page.waitForTimeout(slow.has(view) ? 3_500 : 900);
        await page.screenshot({ path: join(folder, `${view}-${size}-${colorScheme}.png`) });
      }
      await context.close();
    }
  }
}

/** The two images of the README: small files. */
async function shootForReadme(browser: Browser, serviceUrl: string): Promise<void> {
  mkdirSync(images, { recursive: true });
  const viewport = { width: 1_180, height: 720 };
  for (const [name, path, colorScheme] of [
    ['overview', '', 'light'],
    ['component', views.component, 'dark'],
  ] as const) {
    const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${serviceUrl}/${path}`);
    await page.waitForTimeout(1_200);
    await page.screenshot({ path: join(images, `page-${name}.png`) });
    await context.close();
  }
}

const data = mkdtempSync(join(tmpdir(), 'screenshots-'));
const stack = await startStack(0, data, false, {});
const end = new AbortController();
const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox'] });
try {
  await send(stack.serviceUrl, end.signal);
  if (values.readme) await shootForReadme(browser, stack.serviceUrl);
  else {
    mkdirSync(values.to, { recursive: true });
    await shoot(browser, stack.serviceUrl, values.to);
    process.stdout.write(`Screenshots are in ${values.to}\n`);
  }
} finally {
  end.abort();
  await browser.close();
  await stack.stop();
  rmSync(data, { recursive: true, force: true });
}
