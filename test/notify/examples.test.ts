import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '../../service/config/load.ts';
import { formatProblems } from '../../service/config/problem.ts';
import { alertmanagerNotifier } from '../../service/config/sections/notifiers/alertmanager.ts';
import { emailNotifier } from '../../service/config/sections/notifiers/email.ts';
import { slackNotifier } from '../../service/config/sections/notifiers/slack.ts';
import { alertNames } from '../../service/notify/alertmanager/alerts.ts';
import { createNotifier } from '../../service/notify/notifiers.ts';
import { createRouting } from '../../service/notify/routing.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { readDocument } from '../support/documents.ts';
import { anEvent } from '../support/events.ts';
import { startFakeHsm } from '../support/fake-hsm.ts';
import { startFakeKafka } from '../support/fake-kafka.ts';
import { login, mailCertificate, startMailServer } from '../support/mail-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';

const runtime = { clock: systemClock, log: createLog('silent'), metrics: createMetrics() };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The first block of YAML of a page: the whole configuration that it proposes. */
const exampleOf = (page: string): string => {
  return /^```yaml\n(.*?)^```/ms.exec(readDocument(`docs/guides/notifiers/${page}`))?.[1] ?? '';
};

function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, text);
  return file;
}

/** The notifier of an example, after `local` has led it to servers of 127.0.0.1. */
function notifierOf(example: string, local: (text: string) => string) {
  const loaded = loadConfig({ env: {}, file: fileWith(local(example)) });
  if (loaded.kind === 'problems') throw new Error(formatProblems(loaded.problems));
  const [config] = loaded.config.notifiers;
  if (config === undefined) throw new Error('the example has no notifier');
  const notifier = createNotifier(config, runtime);
  const concerns = createRouting(config, notifier.ends);
  stops.push(async () => notifier.close());
  return {
    deliver: () => notifier.deliver([anEvent()], new AbortController().signal),
    concerns,
    config,
  };
}

describe('the example of a page on notifiers', () => {
  it('sends e-mail', async () => {
    const server = await startMailServer();
    stops.push(server.stop);
    const password = fileWith(`${login.password}\n`);
    const { deliver, concerns } = notifierOf(exampleOf('email.md'), (text) =>
      text
        .replace('mail.example.org', `127.0.0.1\n    port: ${server.port}`)
        .replace('/run/secrets/smtp-password', password)
        .replace('replyTo:', `caFile: ${fileWith(mailCertificate)}\n    replyTo:`),
    );
    expect(await deliver()).toEqual({ kind: 'delivered' });
    expect(server.received).toMatchObject([
      {
        isEncrypted: true,
        user: 'heartbeat',
        to: ['operators@example.org', 'night-shift@example.org'],
      },
    ]);
    expect(concerns(anEvent({ kind: 'down' }))).toBe(true);
    expect(concerns(anEvent({ kind: 'late' }))).toBe(false);
  });

  it('posts to Slack', async () => {
    const testServer = await startTestServer();
    stops.push(testServer.stop);
    const { deliver, concerns } = notifierOf(exampleOf('slack.md'), (text) =>
      text.replace('/run/secrets/slack-webhook', fileWith(`${testServer.url}/services/T0/B0/x\n`)),
    );
    expect(await deliver()).toEqual({ kind: 'delivered' });
    expect(testServer.received).toMatchObject([{ path: '/services/T0/B0/x' }]);
    expect(concerns(anEvent({ subject: { name: 'Orion', version: '1', instance: 'i' } }))).toBe(
      true,
    );
    expect(concerns(anEvent({ subject: { name: 'Perseo', version: '1', instance: 'i' } }))).toBe(
      false,
    );
  });

  it('patches the State Manager', async () => {
    const hsm = await startFakeHsm();
    stops.push(hsm.stop);
    const { deliver, concerns } = notifierOf(exampleOf('state-manager.md'), (text) =>
      text
        .replace(/https:.*$/m, hsm.url)
        .replace('/etc/ssl/cray-ca.pem', fileWith(mailCertificate)),
    );
    expect(await deliver()).toEqual({ kind: 'delivered' });
    expect(hsm.messagesAbout('i-1')).toEqual(['Standby/Alert Heartbeat stopped -- declared dead']);
    const subject = { name: 'Node', version: 'hbtd', instance: 'x0c0s0b0n0' };
    expect(concerns(anEvent({ subject, silencedBy: '01K' }))).toBe(true);
    expect(concerns(anEvent())).toBe(false);
  });

  it('sends to Kafka', async () => {
    const kafka = await startFakeKafka({ 'heartbeat-events': 3 });
    stops.push(kafka.stop);
    const password = fileWith('x\n');
    const complete = exampleOf('kafka.md').replace('/run/secrets/kafka', password);
    expect(loadConfig({ env: {}, file: fileWith(complete) }).kind).toBe('config');
    const { deliver, concerns } = notifierOf(complete, (text) =>
      text
        .replace(/brokers: .*/, `brokers: ['${kafka.address}']`)
        .replace(/ {4}tls: (?:.|\n)*/, ''),
    );
    expect(await deliver()).toEqual({ kind: 'delivered', records: 1 });
    expect(kafka.messages).toMatchObject([{ topic: 'heartbeat-events', key: 'Orion/1.0' }]);
    expect(concerns(anEvent())).toBe(true);
  });

  it('posts to both Alertmanagers, and resolves what a silence hides', async () => {
    const testServers = await Promise.all([startTestServer(), startTestServer()]);
    stops.push(...testServers.map(({ stop }) => stop));
    const { deliver, concerns } = notifierOf(exampleOf('alertmanager.md'), (text) =>
      testServers.reduce(
        (changed, { url }, n) => changed.replace(`http://alertmanager-${n}.example.org:9093`, url),
        text,
      ),
    );
    expect(await deliver()).toEqual({ kind: 'delivered' });
    for (const testServer of testServers) {
      expect(JSON.parse(testServer.received[0]?.body ?? '')).toMatchObject([
        {
          labels: { alertname: 'HeartbeatInstanceDown', datacentre: 'north' },
          generatorURL: 'https://heartbeat.example.org/',
        },
      ]);
    }
    const silencedBy = '01K';
    expect(concerns(anEvent({ kind: 'down', silencedBy }))).toBe(false);
    expect(concerns(anEvent({ kind: 'recovered', silencedBy }))).toBe(true);
  });
});

describe('the page on Alertmanager', () => {
  it('names the alerts that there are, and no others', () => {
    const page = readDocument('docs/guides/notifiers/alertmanager.md');
    for (const alert of alertNames) expect(page).toContain(`\`${alert}\``);
    // Its rules have the beginning of several.
    for (const [name] of page.matchAll(/Heartbeat[A-Z]\w*/g)) {
      expect(alertNames.some((alert) => alert.startsWith(name))).toBe(true);
    }
  });
});

/** A setting that is a row of a table, with its default in the second column. */
const row = (page: string, setting: string): string | undefined =>
  page.split('\n').find((line) => line.split('|')[1]?.includes(`\`${setting}\``));

describe.each([
  ['email', emailNotifier],
  ['slack', slackNotifier],
  ['alertmanager', alertmanagerNotifier],
])('the table of settings of %s', (type, schema) => {
  const page = readDocument(`docs/guides/notifiers/${type}.md`);
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  const settings = Object.entries(properties).filter(([key]) => !['name', 'type'].includes(key));

  it.each(settings)('has %s', (key, setting) => {
    expect(row(page, key)).toBeDefined();
    const isNumber = typeof setting === 'object' && typeof setting.default === 'number';
    if (isNumber) expect(row(page, key)?.split('|')[2]?.trim()).toBe(inWords(setting.default));
  });
});

/** As the pages write a default. */
const inWords = (value: unknown): string => (value === 2_592_000 ? '30 days' : String(value));
