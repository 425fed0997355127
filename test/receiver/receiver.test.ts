import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startReceiver } from '../../receiver/receiver.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { createNotifier } from '../../service/notify/notifiers.ts';
import { signatureHeaders } from '../../service/notify/webhook/signature.ts';
import { createWebhook } from '../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { loadGood } from '../config/fixture.ts';
import { webhookConfig } from '../notify/webhook/fixture.ts';
import { anEvent } from '../support/events.ts';

const key = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(options: { secrets?: string[]; failures?: number } = {}) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const where = { host: '127.0.0.1', port: 0 };
  const receiver = await startReceiver({ ...where, secrets: [], failures: 0, print, ...options });
  stops.push(receiver.close);
  return { ...receiver, lines };
}

function webhookTo(url: string, settings: object = {}) {
  const webhook = createWebhook(webhookConfig({ url, ...settings }), { clock: systemClock });
  stops.push(webhook.close);
  return (...events: Parameters<typeof webhook.deliver>[0]) =>
    webhook.deliver(events, new AbortController().signal);
}

describe('startReceiver', () => {
  it('prints a line for an event, and whether it was received before', async () => {
    const { url, lines } = await start({ secrets: [key(1)] });
    const send = webhookTo(url, { secrets: [key(1)] });
    const event = anEvent();
    expect([await send(event), await send(event)]).toEqual(Array(2).fill({ kind: 'delivered' }));
    const line = `00:00:00 down       Orion 1.0 i-1: no heartbeat for 301 s  (signed, ${event.id})`;
    expect(lines).toEqual([line, line.replace('signed,', 'signed, again,')]);
  });

  it('prints a line for each event of a batch, and for events without an instance', async () => {
    const { url, lines } = await start();
    const send = webhookTo(url, { batch: true });
    await send(anEvent(), anEvent({ kind: 'mass_outage', subject: undefined, reason: 'so many' }));
    expect(lines).toEqual([
      expect.stringMatching(/^00:00:00 down {7}Orion 1\.0 i-1: .*\(unsigned, /),
      expect.stringMatching(/^00:00:00 mass_outage so many {2}\(unsigned, /),
    ]);
  });

  it.each([
    ['another key', { secrets: [key(2)] }, 'bad signature'],
    ['no key', {}, 'unsigned'],
  ])('rejects a message that was signed with %s', async (_, settings, verdict) => {
    const { url, lines } = await start({ secrets: [key(1)] });
    expect(await webhookTo(url, settings)(anEvent())).toMatchObject({ reason: 'unauthenticated' });
    expect(lines).toEqual([`rejected: ${verdict}`]);
  });

  it('rejects a message that is old, although its signature is valid', async () => {
    const { url, lines } = await start({ secrets: [key(1)] });
    const message = { id: 'a', atMs: Date.now() - 600_000, body: '{}' };
    const headers = signatureHeaders([new Secret(key(1))], message);
    const answer = await fetch(url, { method: 'POST', headers, body: message.body });
    expect([answer.status, lines]).toEqual([401, ['rejected: too old']]);
  });

  // Of an unknown format, but not rejected for its time: 400.
  it.each([
    [-310_000, 401],
    [-290_000, 400],
    [290_000, 400],
    [310_000, 401],
  ])('answers a message that is %d ms ahead with %d', async (aheadMs, status) => {
    const { url } = await start({ secrets: [key(1)] });
    const message = { id: 'a', atMs: Date.now() + aheadMs, body: '{}' };
    const headers = signatureHeaders([new Secret(key(1))], message);
    const answer = await fetch(url, { method: 'POST', headers, body: message.body });
    expect(answer.status).toBe(status);
  });

  it('rejects as many messages as requested', async () => {
    const { url, lines } = await start({ failures: 2 });
    const send = webhookTo(url);
    const kinds = [await send(anEvent()), await send(anEvent()), await send(anEvent())];
    expect(kinds.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'delivered']);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe('rejected with 500, as requested (2 of 2)');
  });

  it.each([
    ['slack', 'slack      ', (url: string) => ({ url })],
    ['alertmanager', 'firing     ', (url: string) => ({ urls: [url] })],
  ])('understands %s', async (type, expected, settings) => {
    const { url, lines } = await start();
    const notifier = { name: 'a', type, ...settings(url) };
    const [config] = loadGood({ yaml: JSON.stringify({ notifiers: [notifier] }) }).config.notifiers;
    if (!config) throw new Error('no notifier');
    const runtime = { clock: systemClock, log: createLog('silent'), metrics: createMetrics() };
    const { deliver, close } = createNotifier(config, runtime);
    stops.push(close);
    const event = anEvent({ atMs: Date.now() });
    expect(await deliver([event], new AbortController().signal)).toMatchObject({
      kind: 'delivered',
    });
    expect(lines).toEqual([expect.stringContaining(expected)]);
    expect(lines[0]).toContain('Orion');
  });

  it('prints no characters that control a terminal', async () => {
    const { url, lines } = await start();
    await fetch(url, { method: 'POST', body: '\u001b[2J\nhello' });
    expect(lines).toEqual(['unknown format:  [2J hello']);
  });
});

describe('npm run receiver', () => {
  const program = join(import.meta.dirname, '../../receiver/main.ts');

  function run(...args: string[]) {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = { child, out: '', err: '', ended: once(child, 'close') };
    stops.push(async () => {
      child.kill('SIGKILL');
      await running.ended;
    });
    child.stdout.on('data', (chunk) => {
      running.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      running.err += chunk;
    });
    return running;
  }

  it('prints its address and the messages, and ends on a signal', async () => {
    const running = run('--port', '0', '--secret', key(1));
    while (!running.out.includes('\n')) await once(running.child.stdout, 'data');
    const [, url = ''] = /^Listening on (http\S+)/.exec(running.out) ?? [];
    await webhookTo(url, { secrets: [key(1)] })(anEvent());
    while (!running.out.includes('signed')) await once(running.child.stdout, 'data');
    running.child.kill('SIGTERM');
    expect(await running.ended).toEqual([0, null]);
  }, 30_000);

  it('prints help, and what is wrong with its arguments', async () => {
    const help = run('--help');
    expect(await help.ended).toEqual([0, null]);
    expect(help.out).toContain('npm run receiver');
    for (const [args, message] of [
      [['--secret', 'x'], 'Expected whsec_ and base64.'],
      [['--port=x'], 'Expected a whole number from 0 to 65535.'],
      [['--host='], 'Expected an address.'],
    ] as const) {
      const wrong = run(...args);
      expect(await wrong.ended).toEqual([2, null]);
      expect(wrong.err).toContain(message);
    }
  }, 30_000);
});
