import { once } from 'node:events';
import http from 'node:http';
import { afterEach, expect, it } from '@jest/globals';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { type LocalService, startService } from '../support/service.ts';
import { bearer, entryOf, makeToken } from '../support/tokens.ts';

const operator = makeToken('operator', { scopes: ['read', 'admin', 'ingest'] });

let service: LocalService | undefined;
let proxy: http.Server | undefined;
afterEach(async () => {
  proxy?.closeAllConnections();
  proxy?.close();
  await service?.stop();
});

/** A proxy that serves the service below `/alive/`, under a host name of its own. */
async function startProxy(target: string): Promise<string> {
  proxy = http.createServer((request, response) => {
    const path = request.url?.replace(/^\/alive\//, '/') ?? '/';
    const headers = { ...request.headers, host: new URL(target).host };
    const onward = http.request(new URL(path, target), {
      method: request.method ?? 'GET',
      headers,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  return `http://127.0.0.1:${address.port}/alive/`;
}

describeWith(['chromium'], 'the page below a path prefix', () => {
  it('signs in, follows events and changes something with a session', async () => {
    service = await startService({
      HEARTBEAT_AUTH_TOKENS: JSON.stringify([operator].map(entryOf)),
    });
    await fetch(`${service.url}/api/v1/heartbeats`, {
      method: 'POST',
      headers: bearer(operator),
      body: JSON.stringify({ name: 'Orion', version: '1.0', instance: 'o-1', interval: 3_600 }),
    });
    const address = await startProxy(service.url);
    const { page } = await openPage(`${address}instance?name=Orion&version=1.0&instance=o-1`);
    await page.getByLabel('Token').fill(operator.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.live-sign.live').waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([
      { name: 'ge-heartbeat-session', path: '/alive/api/v1', httpOnly: true, sameSite: 'Strict' },
    ]);
    await page.getByRole('button', { name: 'Retire' }).click();
    await page.getByRole('button', { name: 'Retire: press again' }).click();
    await page.locator('.title .state.retired').waitFor();
  });
});
