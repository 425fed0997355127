import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startReceiver } from '../../../receiver/receiver.ts';
import { webhookNotifier } from '../../../service/config/sections/notifiers/webhook.ts';
import { createRouting } from '../../../service/notify/routing.ts';
import { createWebhook } from '../../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { loadGood } from '../../config/fixture.ts';
import { readDocument } from '../../support/documents.ts';
import { anEvent } from '../../support/events.ts';
import { describeWith, findProgram } from '../../support/programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startTestServer } from '../../support/test-server.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const pageOf = (name: string) => readDocument(`docs/guides/notifiers/${name}`);

function blockOf(page: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';
}

function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, text);
  return file;
}

/** The one secret that the pages show. */
const secret = /whsec_\w+/.exec(pageOf('README.md'))?.[0] ?? '';

/** The webhook of a page, with another address and other secrets. */
function webhookOf(page: string, url: string) {
  const yaml = blockOf(page, 'yaml')
    .replace(/https:\S+/, `${url}\n    allowPrivate: true`)
    .replace('/run/secrets/webhook', fileWith(`${secret}\n`))
    .replace('/run/secrets/authorization', fileWith('Bearer 1\n'));
  const [notifier] = loadGood({ yaml }).config.notifiers;
  if (notifier?.type !== 'webhook') throw new Error('the page has no webhook');
  const webhook = createWebhook(notifier, { clock: systemClock });
  stops.push(webhook.close);
  const concerns = createRouting(notifier);
  return { concerns, send: () => webhook.deliver([anEvent()], new AbortController().signal) };
}

describeWith(['python3'], 'the page of webhooks', () => {
  it('proposes a webhook whose messages the proposed program accepts', async () => {
    const server = await startTestServer();
    stops.push(server.stop);
    const { send, concerns } = webhookOf(pageOf('webhook.md'), server.url);
    expect(await send()).toEqual({ kind: 'delivered' });
    const [{ headers, body } = { headers: {}, body: '' }] = server.received;
    expect(headers).toMatchObject({ authorization: 'Bearer 1' });
    expect([concerns(anEvent()), concerns(anEvent({ kind: 'late' }))]).toEqual([true, false]);

    const python = `${blockOf(pageOf('webhook.md'), 'python')}
import json, sys
message = json.load(sys.stdin)
print(is_good(message["secret"], message["headers"], message["body"].encode()))
`;
    const judge = (message: object) =>
      execFileSync(findProgram('python3') ?? '', ['-c', python], {
        input: JSON.stringify({ secret, headers, body, ...message }),
        encoding: 'utf8',
      }).trim();
    expect([judge({}), judge({ body: `${body} ` })]).toEqual(['True', 'False']);
    const old = { headers: { ...headers, 'webhook-timestamp': '1767225602' } };
    expect(judge(old)).toBe('False');
  });

  it('shows all settings that there are', () => {
    const settings = Object.keys(webhookNotifier.shape).filter((one) => !/^(name|type)$/.test(one));
    const page = pageOf('webhook.md');
    expect(settings.filter((one) => !page.includes(`\`${one}\``))).toEqual([]);
  });
});

describe('the page of notifiers', () => {
  it('proposes a notifier for the receiver, with the secret that it is started with', async () => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const where = { host: '127.0.0.1', port: 0 };
    const receiver = await startReceiver({ ...where, secrets: [secret], failures: 0, print });
    stops.push(receiver.close);
    const { send, concerns } = webhookOf(pageOf('README.md'), receiver.url);
    expect(await send()).toEqual({ kind: 'delivered' });
    expect(lines).toEqual([expect.stringContaining('(signed, ')]);
    expect(concerns(anEvent({ subject: { name: 'Perseo', version: '1', instance: 'i' } }))).toBe(
      false,
    );
    expect(concerns(anEvent({ kind: 'mass_outage', subject: undefined }))).toBe(true);
  });
});
