import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { effectiveJson, effectiveYaml } from '../../../service/config/effective.ts';
import { formatProblems } from '../../../service/config/problem.ts';
import { cloudEventSchema } from '../../../service/contract/cloud-event.ts';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { createWebhook } from '../../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { loadGood, problemsOf } from '../../config/fixture.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../../support/destination-contract.ts';
import { anEvent } from '../../support/events.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startTestServer } from '../../support/test-server.ts';
import { webhookConfig } from './fixture.ts';

const clock = systemClock;

describeDestination('a webhook', (url) => {
  const config = { ...webhookConfig({ url }), timeoutSeconds: contractTimeoutMs / 1_000 };
  const webhook = createWebhook(config, { clock });
  return underTest(webhook.deliver, [anEvent()], webhook.close);
});

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Delivers to a server that takes everything, and gives what it got. */
async function received(events: readonly LivenessEvent[], settings: object = {}) {
  const server = await startTestServer();
  const webhook = createWebhook(webhookConfig({ url: `${server.url}/hook?x=1`, ...settings }), {
    clock,
  });
  stops.push(webhook.close, server.stop);
  const outcome = await webhook.deliver(events, new AbortController().signal);
  expect(outcome).toEqual({ kind: 'delivered' });
  expect(server.received).toHaveLength(1);
  const [{ headers, method, path, body } = { headers: {}, body: '' }] = server.received;
  return { headers, method, path, json: JSON.parse(body) };
}

describe('createWebhook', () => {
  it('posts an event as a CloudEvent in structured mode', async () => {
    const event = anEvent();
    const { method, path, headers, json } = await received([event]);
    expect([method, path]).toEqual(['POST', '/hook?x=1']);
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'webhook-id': event.id,
    });
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(cloudEventSchema.parse(json)).toMatchObject({
      id: event.id,
      type: 'org.fiware.ge-heartbeat.down',
    });
  });

  it('posts events of a short time as one message, if it is configured so', async () => {
    const [first, second] = [anEvent(), anEvent({ kind: 'recovered' })];
    const { headers, json } = await received([first, second], { batch: true });
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents-batch+json',
      'webhook-id': `${first.id}_${second.id}`,
    });
    expect(
      z
        .array(cloudEventSchema)
        .parse(json)
        .map(({ id }) => id),
    ).toEqual([first.id, second.id]);
  });

  it('sends its own headers along, from files too', async () => {
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, 'Bearer s3cret\n');
    const { headers } = await received([anEvent()], {
      headers: { Authorization: { file }, 'X-Team': 'night' },
    });
    expect(headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-team': 'night' });
  });
});

describe('the settings of a webhook', () => {
  const hook = { name: 'a', type: 'webhook', url: 'https://a.example/' };
  const problemsWith = (settings: object) =>
    problemsOf({ yaml: JSON.stringify({ notifiers: [{ ...hook, ...settings }] }) });

  it.each([
    ['secrets', ['hunter2'], 'notifiers[0].secrets[0]', 'whsec_'],
    ['secrets', ['whsec_c2hvcnQ='], 'notifiers[0].secrets[0]', '24 to 64 bytes'],
    ['secrets', [{ file: '/no/such/file' }], 'notifiers[0].secrets[0]', 'can be read'],
    ['secrets', 'whsec_hunter2', 'notifiers[0].secrets', 'a list'],
    ['headers', { 'Content-Type': 'hunter2' }, 'notifiers[0].headers.Content-Type', 'header'],
    ['headers', { 'a b': 'hunter2' }, 'notifiers[0].headers.a b', 'header'],
    ['headers', { a: 'hunter2\r\nb: c' }, 'notifiers[0].headers.a', 'one line'],
    ['headers', { a: 7 }, 'notifiers[0].headers.a', 'one line'],
    ['timeoutSeconds', 0, 'notifiers[0].timeoutSeconds', 'from 1 to 600'],
    ['url', 'https://u:hunter2@a.example/', 'notifiers[0].url', 'without user and password'],
  ])('refuse %s %j, and show no secret', (setting, value, path, expected) => {
    const problems = problemsWith({ [setting]: value });
    expect(problems).toMatchObject([{ path, expected: expect.stringContaining(expected) }]);
    expect(formatProblems(problems)).not.toContain('hunter2');
  });

  it('are shown without their secrets', () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const settings = { ...hook, secrets: [secret], headers: { authorization: 'hunter2' } };
    const loaded = loadGood({ yaml: JSON.stringify({ notifiers: [settings] }) });
    const shown = `${effectiveYaml(loaded)}${effectiveJson(loaded)}`;
    expect(shown).toContain('https://a.example/');
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain(secret);
  });

  it('posts the changes that hbtd has a message for, signed as all others', async () => {
    const server = await startTestServer();
    const key = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const config = webhookConfig({ url: server.url, format: 'hbtd', secrets: [key] });
    const { deliver, close } = createWebhook(config, { clock });
    const signal = new AbortController().signal;
    const event = anEvent();
    expect(await deliver([anEvent({ kind: 'retired' })], signal)).toMatchObject({ records: 0 });
    expect(await deliver([event], signal)).toEqual({ kind: 'delivered' });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      headers: {
        'content-type': 'application/json',
        'webhook-id': event.id,
        'webhook-signature': expect.stringMatching(/^v1,/),
      },
    });
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
      MessageID: 'Heartbeat Change Notification',
      ID: 'i-1',
      NewState: 'Standby',
    });
    close();
    await server.stop();
  });

  it('has no batches of what hbtd sent one by one', () => {
    expect(() => webhookConfig({ url: 'http://x.org', format: 'hbtd', batch: true })).toThrow();
  });
});
