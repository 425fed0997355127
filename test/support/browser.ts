import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from './programs.ts';

/** A page of a real Chromium, and everything that went wrong in it. */
export type OpenPage = {
  readonly page: Page;
  /** Errors of scripts, violations of the Content-Security-Policy, and files that cannot be loaded. */
  readonly faults: readonly string[];
  /** Addresses of all requests. */
  readonly requests: readonly string[];
};

const root = fileURLToPath(new URL('../../', import.meta.url));
let browser: Promise<Browser> | undefined;
// A service reads the built files at its start: they are built before the first test.
buildIfStale();

afterAll(async () => {
  await (await browser)?.close();
});

/** Opens a page in a session of its own; the browser is started once for a file of tests. */
export async function openPage(
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  browser ??= launch();
  const context = await (await browser).newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, faults, requests };
}

async function launch(): Promise<Browser> {
  const executablePath = findProgram('chromium');
  if (executablePath === undefined) throw new Error('chromium is missing');
  // Tests run as root in containers, where the sandbox cannot work.
  return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Builds the page if a source is newer than the built files: `npm ci` has built it otherwise. */
function buildIfStale(): void {
  const built = join(root, 'service/page/built/index.html');
  const builtMs = existsSync(built) ? statSync(built).mtimeMs : 0;
  const isStale = readdirSync(join(root, 'page'), { recursive: true, encoding: 'utf8' }).some(
    (name) => statSync(join(root, 'page', name)).mtimeMs > builtMs,
  );
  if (!isStale) return;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build-page.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the page cannot be built: ${stderr}`);
}
