import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readPageFiles } from '../../service/page/files.ts';
import { pageRoutes, viewPaths } from '../../service/page/routes.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { startRoutes } from '../support/route-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const html = '<!doctype html><title>A page</title>';
const script = 'export {};\n'.repeat(100);

function built(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), html);
  writeFileSync(join(folder, 'assets/index-a1.js'), script);
  writeFileSync(join(folder, 'assets/index-a1.js.br'), brotliCompressSync(script));
  writeFileSync(join(folder, 'assets/index-a1.js.gz'), gzipSync(script));
  return folder;
}

async function start(folder = built()) {
  const { port } = await startRoutes(pageRoutes(readPageFiles(folder)));
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { port, get };
}

describe('pageRoutes', () => {
  it('serves the same document for each view, under a strict policy', async () => {
    const { get, port } = await start();
    for (const path of viewPaths) {
      const answer = await get(path);
      expect(await answer.text()).toBe(html);
      expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
    const { etag } = (await exchange(port, requestText('GET', '/'))).headers;
    const headers = { 'if-none-match': etag ?? '' };
    expect((await exchange(port, requestText('GET', '/', { headers }))).status).toBe(304);
  });

  it.each([
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
  ])('serves files for ever, with Accept-Encoding %s as %s', async (accepted, encoding) => {
    const { get } = await start();
    const answer = await get('/assets/index-a1.js', { 'accept-encoding': accepted });
    expect(await answer.text()).toBe(script);
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
  });

  it('says how to build the page if it is not built', async () => {
    const { get } = await start(join(temporaryFolder(), 'none'));
    expect(await (await get('/')).text()).toContain('npm run build:page');
    expect((await get('/assets/index-a1.js')).status).toBe(404);
  });
});
