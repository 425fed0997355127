import { afterEach, expect, it } from '@jest/globals';
import { openPage } from '../support/browser.ts';
import { describeWith } from '../support/programs.ts';
import { type LocalService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';
import { bearer, makeToken, writeTokens } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const reader = makeToken('reader', { scopes: ['read'] });
const operator = makeToken('operator', { scopes: ['read', 'admin', 'ingest'] });
let folder = '';
let service: LocalService | undefined;
let stopForeign: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stopForeign?.();
  await service?.stop();
});

async function start(settings = {}): Promise<LocalService> {
  folder = temporaryFolder();
  service = await startService({
    HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [reader, operator]),
    ...settings,
  });
  await fetch(`${service.url}/api/v1/heartbeats`, {
    method: 'POST',
    headers: bearer(operator),
    body: JSON.stringify({ name: 'Orion', version: '1.0', instance: 'o-1', interval: 3_600 }),
  });
  return service;
}

describeWith(['chromium'], 'access to the page', () => {
  it('needs a token, displays only what its scopes permit, and ends with it', async () => {
    const { url } = await start();
    const { page } = await openPage(`${url}/instance?name=Orion&version=1.0&instance=o-1`);
    const signIn = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await signIn('hb_wrong');
    await page.locator('.sign-in .failure').waitFor();
    await signIn(reader.token);
    // The view that was requested, and no button that would be refused.
    await page.getByRole('heading', { name: 'o-1' }).waitFor();
    await page.locator('.live-sign.live').waitFor();
    expect(await page.getByRole('button', { name: 'Retire' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Silence', exact: true }).count()).toBe(0);
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(operator.token);
    await page.getByRole('button', { name: 'Retire' }).click();
    await page.getByRole('button', { name: 'Retire: press again' }).click();
    await page.locator('.title .state.retired').waitFor();

    writeTokens(folder, [reader]);
    const isRevoked = async () =>
      (await fetch(`${url}/api/v1/instances`, { headers: bearer(operator) })).status === 401;
    await until(isRevoked);
    // Any request of the page finds that the session has ended, as does the end of its stream.
    await page
      .getByRole('button', { name: '1 h', exact: true })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(page.url()).toContain('instance=o-1');
    await signIn(reader.token);
    await page.getByRole('heading', { name: 'o-1' }).waitFor();
  }, 60_000);

  it('refuses a change that a page of another site requests', async () => {
    const { url } = await start();
    const { page } = await openPage(url);
    await page.getByLabel('Token').fill(operator.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.rows .row').waitFor();
    const foreign = await startTestServer();
    stopForeign = foreign.stop;
    foreign.react({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: `<form method="post" action="${url}/api/v1/silences" enctype="text/plain">
        <input name='{"matchers":{"name":"Orion"},"durationSeconds":60,"reason":"a","author":"' value='b"}'>
        <button>Send</button></form>`,
    });
    await page.goto(foreign.url.replace('127.0.0.1', 'localhost'));
    await page.getByRole('button').click();
    await page.getByText('forbidden').or(page.getByText('unauthorized')).first().waitFor();
    const answer = await fetch(`${url}/api/v1/silences`, { headers: bearer(reader) });
    expect(await answer.json()).toEqual({ silences: [] });
  }, 60_000);

  it('serves the wall without a token only if the settings permit it', async () => {
    const closed = await start();
    const refused = await openPage(`${closed.url}/wall`);
    await refused.page.getByText('This view needs a sign-in').waitFor();
    await closed.stop();
    const open = await start({ HEARTBEAT_PAGE_PUBLIC_WALL: 'true' });
    const { page, faults } = await openPage(`${open.url}/wall`);
    await page.getByText('Everything is up').waitFor();
    expect(await page.locator('.wall-tiles li').allTextContents()).toEqual(['Orion1 up']);
    expect(faults).toEqual([]);
  }, 60_000);
});
