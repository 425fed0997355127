import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWith, findProgram } from '../../support/programs.ts';
import { exchange, requestText } from '../../support/raw-http.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const files = ['/openapi.json', '/docs', '/docs/page.js', '/docs/swagger-ui.css'];

describe('openApiRoutes', () => {
  it.each(files)('send %s again only when it has become different', async (path) => {
    const first = await exchange(service.port, requestText('GET', path));
    expect(first.body.length).toBeGreaterThan(100);
    const headers = { 'if-none-match': first.headers['etag'] ?? '' };
    const second = await exchange(service.port, requestText('GET', path, { headers }));
    expect([second.status, second.body]).toEqual([304, '']);
  });

  it('let the page load nothing from elsewhere', async () => {
    const page = await fetch(`${service.url}/docs`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect(await page.text()).not.toMatch(/https?:|\/\//);
  });

  it('send no other file of the viewer, nor of the machine', async () => {
    for (const name of ['package.json', '..%2fpackage.json', '%2fetc%2fpasswd', 'constructor']) {
      expect((await fetch(`${service.url}/docs/${name}`)).status).toBe(404);
    }
  });
});

describeWith(['chromium'], 'the page of the interface', () => {
  it('shows every group of operations in a browser', async () => {
    const { stdout } = await promisify(execFile)(
      findProgram('chromium') ?? '',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${temporaryFolder()}`,
        '--virtual-time-budget=20000',
        '--dump-dom',
        `${service.url}/docs#/heartbeats/postHeartbeats`,
      ],
      { maxBuffer: 50_000_000 },
    );
    for (const shown of ['postHeartbeats', 'getInstances', 'getHealthReady']) {
      expect(stdout).toContain(`-${shown}"`);
    }
    expect(stdout).toContain('orion-7f9c');
    // A browser needs its time to start on a machine that has other things to do.
  }, 90_000);
});
