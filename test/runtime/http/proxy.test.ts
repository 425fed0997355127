import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import {
  createHttpClient,
  type HttpClientOptions,
} from '../../../service/runtime/http/http-client.ts';
import { isProxied } from '../../../service/runtime/http/proxy.ts';
import { startProxy } from '../../support/proxy-server.ts';
import { portOf, startTestServer } from '../../support/test-server.ts';

const both = { http: new Secret('http://proxy:3128'), https: new Secret('http://proxy:3128') };

describe('isProxied', () => {
  it.each([
    ['https://hooks.example.org/x', undefined, true],
    ['http://hooks.example.org/x', '', true],
    ['http://127.0.0.1:9093/', undefined, false],
    ['http://[::1]:9093/', undefined, false],
    ['http://localhost:9093/', undefined, false],
    ['https://hooks.example.org/x', '*', false],
    ['https://hooks.example.org/x', 'other.org, example.org', false],
    ['https://hooks.example.org./x', '.example.org', false],
    ['https://hooks.example.org/x', '*.EXAMPLE.org', false],
    ['https://badexample.org/x', 'example.org', true],
    ['https://hooks.example.org/x', 'hooks.example.org:8443', true],
    ['https://hooks.example.org:8443/x', 'hooks.example.org:8443', false],
    ['https://hooks.example.org/x', 'hooks.example.org:443', false],
    ['http://10.1.2.3/', '10.0.0.0/8', false],
    ['http://10.1.2.3/', '10.1.2.4,10.1.2.3', false],
    ['http://11.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/99', true],
    ['http://[fd00::1]/', 'fd00::/8', false],
    ['http://[fd00::1]/', '[fd00::1]', false],
  ])('of %s, with NO_PROXY=%s, is %s', (url, except, expected) => {
    expect(isProxied(url, { ...both, except })).toBe(expected);
  });

  it('is decided by the scheme of the target', () => {
    expect(isProxied('http://example.org/', { https: both.https })).toBe(false);
    expect(isProxied('https://example.org/', { http: both.http })).toBe(false);
  });
});

describe('createHttpClient, with a proxy', () => {
  const cleanups: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  async function setUp(options: Partial<HttpClientOptions> = {}, login = '') {
    const proxy = await startProxy();
    const address = new Secret(`http://${login}${proxy.address}`);
    const client = createHttpClient({
      timeoutMs: 5_000,
      proxy: { http: address, https: address },
      ...options,
    });
    cleanups.push(proxy.stop, client.close);
    return { proxy, client };
  }

  async function server() {
    const made = await startTestServer();
    cleanups.push(() => made.stop());
    return { made, url: made.url.replace('127.0.0.1', 'hooks.example.test') };
  }

  it('sends requests to http:// addresses to the proxy, with its login', async () => {
    const { proxy, client } = await setUp({}, 'me:secret@');
    const { made, url } = await server();
    const request = { method: 'POST', url: `${url}/x`, body: 'hello' } as const;
    expect(await client.request(request)).toMatchObject({ status: 204 });
    expect(made.received).toMatchObject([{ path: '/x', body: 'hello' }]);
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(proxy.requests).toEqual([{ line: `POST ${url}/x`, authorization }]);
  });

  it('reaches https:// addresses through a tunnel, whose certificate it verifies', async () => {
    const file = (name: string) =>
      readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');
    const certificate = file('certificate.pem');
    const server = https.createServer({ cert: certificate, key: file('key.pem') }, (_, answer) =>
      answer.end('safe'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://hooks.example.test:${portOf(server)}/`;
    const request = { method: 'GET', url, needsBody: true } as const;

    const strict = await setUp();
    expect(await strict.client.request(request)).toMatchObject({ kind: 'failure' });
    const lax = await setUp({ insecure: true });
    expect(await lax.client.request(request)).toMatchObject({ status: 200, body: 'safe' });
    expect(lax.proxy.requests).toMatchObject([{ line: `CONNECT ${new URL(url).host}` }]);
  });

  it.each([
    ['a private address', async () => [{ address: '10.0.0.7', family: 4 }]],
    [
      'a public and a private address',
      async () => [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ],
    ],
    ['no address that is known here', () => Promise.reject(new Error('ENOTFOUND'))],
  ])('sends nothing to a target with %s where only public ones are allowed', async (_, resolve) => {
    const { proxy, client } = await setUp({ publicOnly: true, resolve });
    const { url } = await server();
    const result = await client.request({ method: 'GET', url });
    expect(result).toMatchObject({ kind: 'failure', reason: 'private-address' });
    expect(proxy.requests).toEqual([]);
  });

  it('allows a proxy with a private address for a public target', async () => {
    const resolve = async () => [{ address: '93.184.216.34', family: 4 }];
    const { client } = await setUp({ publicOnly: true, resolve });
    const { url } = await server();
    expect(await client.request({ method: 'GET', url })).toMatchObject({ status: 204 });
  });

  it('is unreachable when the proxy is', async () => {
    const { proxy, client } = await setUp();
    await proxy.stop();
    const { url } = await server();
    expect(await client.request({ method: 'GET', url })).toMatchObject({ reason: 'unreachable' });
  });
});
