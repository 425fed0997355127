import { afterEach, describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, type Settings, startService } from '../support/service.ts';
import { bearer, entryOf, makeToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const operator = makeToken('operator', { scopes: ['read', 'ingest'] });
const emitter = makeToken('emitter', { scopes: ['ingest'] });
const tokens = { HEARTBEAT_AUTH_TOKENS: JSON.stringify([operator, emitter].map(entryOf)) };

let service: LocalService | undefined;
afterEach(() => service?.stop());

async function start(settings: Settings = {}) {
  const clock = createFakeClock();
  service = await startService(settings, clock);
  const port = service.port;
  const get = (target: string, headers: Record<string, string> = {}) =>
    exchange(port, requestText('GET', target, { headers }));
  const send = async (name: string, version: string, instance: string) => {
    const body = JSON.stringify({ name, version, instance, interval: 10 });
    const answer = await exchange(
      port,
      requestText('POST', '/api/v1/heartbeats', { headers: bearer(operator), body }),
    );
    expect(answer.status).toBe(202);
  };
  /** Waits until the badge is that, while time passes. */
  const shows = (target: string, title: string, byMs = 0) =>
    until(async () => {
      if (byMs > 0) await clock.advance(byMs);
      const { body } = await get(target);
      return body.includes(`<title>${title}</title>`);
    });
  return { get, send, shows };
}

describe('a badge', () => {
  it('is the state of all versions of a component, or of one', async () => {
    const { get, send, shows } = await start();
    await send('Orion', '1', 'a');
    await send('Orion', '1', 'b');
    await send('Orion', '2', 'c');
    await shows('/badge/Orion.svg', 'Orion: 3 up');
    const image = await get('/badge/Orion.svg?version=2');
    expect(image).toMatchObject({ status: 200, headers: { 'content-type': 'image/svg+xml' } });
    expect(image.body).toContain('<title>Orion 2: 1 up</title>');
    await shows('/api/v1/badge.svg?name=Orion&version=1', 'Orion 1: 2 up');
    expect(JSON.parse((await get('/badge/Orion.json')).body)).toEqual({
      schemaVersion: 1,
      label: 'Orion',
      message: '3 up',
      color: '1a7f37',
      cacheSeconds: 300,
    });
    await shows('/badge/Orion.svg', 'Orion: 3 late', 1_000);
    expect(JSON.parse((await get('/badge/Orion.json')).body)).toMatchObject({
      message: '3 late',
      color: '9a6700',
    });
    await shows('/badge/Orion.svg', 'Orion: down', 5_000);
    await send('Orion', '2', 'c');
    await shows('/badge/Orion.svg', 'Orion: 1 up, 2 down', 100);
    await shows('/badge/Keyrock.svg', 'Keyrock: unknown');
  });

  it('may be cached for a while, and is not sent again when it is the same', async () => {
    const { get } = await start({ HEARTBEAT_PAGE_PUBLIC_BADGES: 'true' });
    const { headers } = await get('/badge/Orion.svg');
    expect(headers['cache-control']).toBe('public, max-age=30');
    const again = await get('/badge/Orion.svg', { 'if-none-match': headers['etag'] ?? '' });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    [`"a' & b`, '&quot;a&#39; &amp; b'],
    ['a/b.svg', 'a/b.svg'],
    ['ümläut 🙂', 'ümläut 🙂'],
    ['a\u0001b\uFFFE', 'a\uFFFDb\uFFFD'],
    ['\u202Eright to left', '\u202Eright to left'],
  ])('has the name as text: %j', async (name, text) => {
    const { get } = await start();
    const { status, body } = await get(`/badge/${encodeURIComponent(name)}.svg`);
    expect(status).toBe(200);
    expect(body).toContain(`<title>${text}: unknown</title>`);
    expect(body.match(/<\w+/g)).toEqual([
      '<svg',
      '<title',
      '<rect',
      '<path',
      '<g',
      '<text',
      '<text',
    ]);
  });

  it('has a bounded width', async () => {
    const { get } = await start();
    const { body } = await get(`/badge/${'W'.repeat(255)}.svg`);
    const [, width] = /^<svg[^>]* width="(\d+)"/.exec(body) ?? [];
    expect(Number(width)).toBeLessThan(720);
    expect(body).toContain(`<title>${'W'.repeat(255)}: unknown</title>`);
    expect(body).toContain(`>${'W'.repeat(59)}…</text>`);
  });

  it('needs the scope read where tokens exist', async () => {
    const { get } = await start(tokens);
    for (const path of ['/badge/Orion.svg', '/badge/Orion.json', '/api/v1/badge.svg?name=Orion']) {
      expect(await get(path)).toMatchObject({ status: 401 });
      expect(await get(path, bearer(emitter))).toMatchObject({ status: 403 });
      const answer = await get(path, bearer(operator));
      expect(answer).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'private, max-age=30' },
      });
    }
  });

  it('is public with page.publicBadges, and nothing else is', async () => {
    const { get } = await start({ ...tokens, HEARTBEAT_PAGE_PUBLIC_BADGES: 'true' });
    for (const path of ['/badge/Orion.svg', '/badge/Orion.json', '/api/v1/badge.svg?name=Orion']) {
      expect(await get(path)).toMatchObject({ status: 200 });
    }
    for (const path of ['/api/v1/wall', '/api/v1/components', '/api/v1/pipeline']) {
      expect(await get(path)).toMatchObject({ status: 401 });
    }
  });
});
