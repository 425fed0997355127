import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { z } from 'zod';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { readOracle } from '../../support/oracle.ts';
import { connect, requestText } from '../../support/raw-http.ts';
import { type LocalService, type Settings, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

const cases = readOracle(
  'lvmbeat-monitor.jsonl',
  z.object({
    name: z.string(),
    env: z.record(z.string(), z.string()),
    steps: z.array(
      z.object({
        request: z
          .object({
            method: z.string(),
            path: z.string(),
            headers: z.record(z.string(), z.string()).optional(),
          })
          .optional(),
        response: z
          .object({
            status: z.number(),
            headers: z.record(z.string(), z.string()),
            body: z.string(),
          })
          .optional(),
        mail: z.record(z.string(), z.unknown()).optional(),
        slack: z.record(z.string(), z.string()).optional(),
      }),
    ),
  }),
);

const anyLogin: SMTPServerOptions = { onAuth: (_, __, done) => done(null, { user: 'user' }) };

let mails: MailServer;
let slack: TestServer;
beforeAll(async () => {
  // Below the ports of outgoing connections, so that it is still free when the server returns.
  mails = await startMailServer(anyLogin, 20_000 + Math.floor(Math.random() * 10_000));
  slack = await startTestServer();
  slack.react({ status: 200, body: '{"ok":true}' });
});
afterAll(async () => {
  await mails.stop();
  await slack.stop();
});

const services: LocalService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

async function start(settings: Settings = {}) {
  const service = await startService({
    HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
    HEARTBEAT_PROFILES_LVMBEAT_PORT: '0',
    HEARTBEAT_PROFILES_LVMBEAT_ENV: 'true',
    HEARTBEAT_PROFILES_LVMBEAT_MAIL_INSECURE: 'true',
    HEARTBEAT_PROFILES_LVMBEAT_SLACK_URL: `${slack.url}/api/`,
    HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
    HEARTBEAT_STOP_DRAIN_SECONDS: '1',
    ...settings,
  });
  services.push(service);
  return service;
}

type Given = (typeof cases)[number];

const withMail = (port = mails.port) => ({
  LVMBEAT_EMAIL_RECIPIENTS: 'one@example.org',
  LVMBEAT_EMAIL_FROM_ADDRESS: 'lvmbeat@example.org',
  LVMBEAT_EMAIL_HOST: '127.0.0.1',
  LVMBEAT_EMAIL_PORT: String(port),
});

const environmentOf = ({ env }: Given): Settings =>
  Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => name !== 'LVMBEAT_DEBUG')
      .map(([name, text]) => [name, text.replace('<sink port>', String(mails.port))]),
  );

const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

/** The response of the service where the recorded one is a fault of the original. */
function correctedOf(path: string, status: number) {
  if (path.startsWith('/heartbeat') && status >= 400 && status !== 405) {
    return { status: 200, body: '{"message":"Heartbeat received."}' };
  }
  if (!path.startsWith('/notify/') || status !== 500) return undefined;
  return { status: 200, body: expect.stringContaining('Notification sent.') };
}

async function replay(given: Given, port: number): Promise<void> {
  const [begunMails, begunSlack] = [mails.received.length, slack.received.length];
  for (const { request, response } of given.steps) {
    if (!request || !response) continue;
    const { method, path, headers } = request;
    const connection = await connect(port);
    connection.send(requestText(method, path, { headers: headers ?? {} }));
    const reply = await connection.answer({ toHead: method === 'HEAD' });
    connection.destroy();
    const own = correctedOf(path, response.status);
    expect({
      step: `${method} ${path}`,
      status: reply.status,
      body: reply.body.replace(times, '<time>').replace(/\{"version":"[^"]*"\}/, '<version>'),
    }).toEqual({
      step: `${method} ${path}`,
      status: own?.status ?? response.status,
      body:
        own?.body ??
        response.body.replace(times, '<time>').replace(/\{"version":"[^"]*"\}/, '<version>'),
    });
    if (own) continue;
    const { location, ...compared } = response.headers;
    expect(reply.headers).toMatchObject(compared);
    if (location) expect(location.endsWith(String(reply.headers['location']))).toBe(true);
  }
  const expectedMails = given.steps.flatMap(({ mail }) => (mail ? [mail] : []));
  const expectedSlack = given.steps.flatMap((step) => (step.slack ? [step.slack] : []));
  // The original sends nothing to Slack after a mail that failed.
  const hasMailFault = given.steps.some(({ response }) => response?.status === 400);
  await until(() => mails.received.length - begunMails >= expectedMails.length);
  await until(() => slack.received.length - begunSlack >= expectedSlack.length);
  expect(mails.received.slice(begunMails).map(mailOf)).toEqual(
    expectedMails.map((mail) => ({ ...mail, text: String(mail['text']).trimEnd() })),
  );
  if (hasMailFault) return;
  expect(
    slack.received.slice(begunSlack).map(({ path, body, headers }) => ({
      path,
      authorization: headers['authorization'],
      content_type: headers['content-type'],
      body: JSON.parse(body),
    })),
  ).toEqual(expectedSlack.map((one) => ({ ...one, body: JSON.parse(one['body'] ?? '') })));
}

function mailOf({ from, to, source, isEncrypted }: MailServer['received'][number]) {
  const header = (name: string) => new RegExp(`^${name}: (.*)\\r$`, 'm').exec(source)?.[1];
  const [, text = ''] = /text\/plain.*?\r\n\r\n(.*?)\r\n--/s.exec(source) ?? [];
  const plain = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return {
    from,
    to: [...to],
    tls: isEncrypted,
    subject: header('Subject'),
    replyTo: header('Reply-To'),
    text: plain.replaceAll('\r\n', '\n').trimEnd(),
  };
}

const subjects = () =>
  mails.received.map(({ source }) => /^Subject: (.*)\r$/m.exec(source)?.[1] ?? '');

describe('the outside monitor of lvmbeat', () => {
  const [routes, others] = [
    cases.filter(({ env }) => env['LVMBEAT_DEBUG'] === '1'),
    cases.filter(({ env }) => env['LVMBEAT_DEBUG'] !== '1'),
  ];

  it('answers every recorded route as recorded', async () => {
    expect(routes.length).toBeGreaterThan(40);
    const { lvmbeatPort } = await start();
    for (const given of routes) {
      await fetch(`http://127.0.0.1:${lvmbeatPort}/enable`);
      await replay(given, lvmbeatPort);
    }
  });

  it.each(others.map((given) => [given.name, given] as const))('replays %s', async (_, given) => {
    const { lvmbeatPort } = await start(environmentOf(given));
    await replay(given, lvmbeatPort);
  });

  it('sends one mail for an absence and one for the return, also when the mail server is away', async () => {
    const { port } = mails;
    await mails.stop();
    const settings = { ...withMail(port), LVMBEAT_SEND_EMAIL_AFTER: '2' };
    const { lvmbeatPort } = await start(settings);
    const url = `http://127.0.0.1:${lvmbeatPort}`;
    const status = async () => JSON.parse(await (await fetch(`${url}/status`)).text());
    const seenMs = performance.now();
    await fetch(`${url}/heartbeat`);
    await until(async () => (await status()).active, { withinMs: 6_000 });
    expect(performance.now() - seenMs).toBeGreaterThan(1_900);
    expect(performance.now() - seenMs).toBeLessThan(4_000);
    await fetch(`${url}/heartbeat`);
    expect((await status()).active).toBe(false);
    mails = await startMailServer(anyLogin, port);
    await until(() => mails.received.length >= 2);
    expect(subjects()).toEqual(['LCO internet is down', 'RESOLVED: LCO internet is up']);
    const [first, second] = mails.received.map(
      ({ source }) => /^References: (.*)\r$/m.exec(source)?.[1],
    );
    expect(first).toBe(second);
    expect(mails.received.map(mailOf)[0]?.text).toMatch(
      /The last connection with the server was at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.$/,
    );
  });

  it('raises the alert for a site that was never seen, and keeps it and `enabled` over a restart', async () => {
    const folder = temporaryFolder();
    const settings = { HEARTBEAT_DATA_DIR: folder, LVMBEAT_SEND_EMAIL_AFTER: '1' };
    const first = await start(settings);
    const get = async ({ lvmbeatPort }: LocalService, path: string) =>
      JSON.parse(await (await fetch(`http://127.0.0.1:${lvmbeatPort}${path}`)).text());
    await until(async () => (await get(first, '/status')).active, { withinMs: 5_000 });
    await get(first, '/disable');
    await first.stop();
    const second = await start(settings);
    expect(await get(second, '/status')).toEqual({ enabled: false, active: true, last_seen: null });
    const health = JSON.parse(await (await fetch(`${second.url}/health`)).text());
    expect(health.dependencies.lvmbeat).toMatchObject({ monitor: 'disabled: no alert is raised' });
    await get(second, '/heartbeat');
    expect(await get(second, '/status')).toMatchObject({ enabled: false, active: false });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await get(second, '/status')).toMatchObject({ active: false });
    await get(second, '/enable');
    await until(async () => (await get(second, '/status')).active, { withinMs: 5_000 });
  });

  it('needs a token for changes where tokens exist, also in the path', async () => {
    const admin = `hb_admin_${'a'.repeat(43)}`;
    const ingest = `hb_ingest_${'b'.repeat(43)}`;
    const { hashToken } = await import('../../../service/contract/access/token.ts');
    const tokens = [
      { name: 'admin', hash: hashToken(admin), scopes: ['admin'] },
      { name: 'ingest', hash: hashToken(ingest), scopes: ['ingest'] },
    ];
    const service = await start({
      HEARTBEAT_AUTH_TOKENS: JSON.stringify(tokens),
      HEARTBEAT_PROFILES_LVMBEAT_UNDER_MAIN: 'true',
    });
    const get = (path: string) => fetch(`http://127.0.0.1:${service.lvmbeatPort}${path}`);
    expect((await get('/disable')).status).toBe(401);
    expect((await get(`/disable/${ingest}`)).status).toBe(403);
    expect(await (await get(`/disable/${admin}`)).text()).toContain('disabled');
    expect((await get('/heartbeat')).status).toBe(401);
    expect((await get(`/heartbeat/${ingest}`)).status).toBe(200);
    expect((await get(`/notify/down/${admin}?force=true`)).status).toBe(400);
    expect((await get('/version')).status).toBe(200);
    expect((await fetch(`${service.url}/lvmbeat/heartbeat/${ingest}`)).status).toBe(200);
    expect(JSON.stringify(service.lines)).not.toContain('aaaa');
  });

  it('does not wait for a mail server that does not answer', async () => {
    const hanging = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => hanging.once('listening', resolve));
    const address = hanging.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { lvmbeatPort } = await start({ ...withMail(port), LVMBEAT_SEND_EMAIL_AFTER: '1' });
    const url = `http://127.0.0.1:${lvmbeatPort}`;
    await fetch(`${url}/notify/down`);
    const begunMs = performance.now();
    expect((await fetch(`${url}/heartbeat`)).status).toBe(200);
    expect(performance.now() - begunMs).toBeLessThan(1_000);
    hanging.close();
  });
});
