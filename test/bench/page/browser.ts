import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { postHeartbeats } from '../servers/post-heartbeats.ts';
import type { Server } from '../servers/server.ts';

/** Figures of one visit of the overview with 10,000 instances in 1,000 components. */
export type Visit = {
  /** First contentful paint, and the frame with the first components. */
  readonly paintMs: number;
  readonly rowsMs: number;
  readonly framesPerSecond: number;
  readonly heapBytes: number;
  readonly requestsAtRest: number;
};

const instances = 10_000;
const components = 1_000;
/** An event a second for an hour. */
const events = 3_600;
const restMs = 5_000;

const identities = Array.from({ length: instances }, (_, at) => ({
  name: `component-${at % components}`,
  version: '1.0',
  instance: `instance-${at}`,
  interval: 3_600,
}));

export async function visit(server: Server): Promise<Visit> {
  for (let at = 0; at < instances; at += 5_000) {
    await postHeartbeats(server.port, identities.slice(at, at + 5_000));
  }
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    return await measureVisit(browser, server);
  } finally {
    await browser.close();
  }
}

async function measureVisit(browser: Browser, { port }: Server): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  let requests = 0;
  page.on('request', () => {
    requests += 1;
  });
  await page.addInitScript(noteRows);
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.locator('.rows .row').first().waitFor();
  const paintMs: number = await page.evaluate(firstPaint);
  const rowsMs: number = await page.evaluate('globalThis.rowsMs');
  await delay(1_000);
  const before = requests;
  await delay(restMs);
  const requestsAtRest = requests - before;
  const framesPerSecond = await scrolledFrames(page);
  await playEvents(port);
  await page.locator('.live-sign.live').waitFor();
  const heapBytes = await usedHeap(await page.context().newCDPSession(page));
  return { paintMs, rowsMs, framesPerSecond, heapBytes, requestsAtRest };
}

const firstPaint = "performance.getEntriesByName('first-contentful-paint')[0].startTime";

/** Notes the time of the frame after the first row is in the document. */
const noteRows = `(function look() {
  if (document.querySelector('.rows .row')) globalThis.rowsMs = performance.now();
  else requestAnimationFrame(look);
})()`;

async function scrolledFrames(page: Page): Promise<number> {
  return await page.evaluate(`new Promise((resolve) => {
    const beganMs = performance.now();
    let frames = 0;
    const frame = () => {
      const seconds = (performance.now() - beganMs) / 1000;
      if (seconds >= 3) return resolve(frames / seconds);
      frames += 1;
      scrollBy(0, 60);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`);
}

/** Stops and starts instances, which leaves two events for each. */
async function playEvents(port: number): Promise<void> {
  const together = 100;
  for (let played = 0; played < events; played += 2 * together) {
    const some = identities.slice(0, together);
    await postHeartbeats(
      port,
      some.map((one) => ({ ...one, status: 'stopping' })),
    );
    await delay(600);
    await postHeartbeats(port, some);
    await delay(600);
  }
}

async function usedHeap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}
