import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { alertmanagerNotifier } from '../../../service/config/sections/notifiers/alertmanager.ts';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { createAlertmanager } from '../../../service/notify/alertmanager/alertmanager.ts';
import type { Notifier } from '../../../service/notify/notifier.ts';
import { anEvent } from '../../support/events.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const patience = new AbortController().signal;
const alertSchema = z.object({
  labels: z.record(z.string(), z.string()),
  startsAt: z.string().optional(),
});
type Alert = z.output<typeof alertSchema>;

describe('createAlertmanager', () => {
  let server: TestServer;
  let notifier: Notifier;
  let clock = createFakeClock();
  let recorded = createRecordedLog();
  /** What the Alertmanager has. */
  let alerts: Alert[] = [];
  let isDiscarding = false;

  const keyOf = ({ labels }: Alert) => `${labels['alertname']} ${labels['instance']}`;
  const names = () => alerts.map(keyOf).sort();
  const posted = () => server.received.filter(({ method }) => method === 'POST').length;
  const checked = () => server.received.filter(({ method }) => method === 'GET').length;

  beforeEach(async () => {
    alerts = [];
    isDiscarding = false;
    clock = createFakeClock();
    recorded = createRecordedLog();
    server = await startTestServer();
    server.react(({ method, body }) => {
      if (method === 'GET') {
        // Alertmanager returns labels in an order of its own.
        const shown = alerts.map(({ labels }) => ({
          labels: Object.fromEntries(Object.entries(labels).toReversed()),
        }));
        return { status: 200, body: JSON.stringify(shown) };
      }
      for (const alert of z.array(alertSchema).parse(JSON.parse(body))) {
        alerts = alerts.filter((other) => keyOf(other) !== keyOf(alert));
        if (alert.startsAt && !isDiscarding) alerts.push(alert);
      }
      return { status: 200, body: '' };
    });
    const config = { name: 'am', type: 'alertmanager', urls: [server.url], checkSeconds: 30 };
    notifier = createAlertmanager(
      alertmanagerNotifier.parse(config),
      { clock, log: recorded.log },
      async function* () {},
    );
  });
  afterEach(async () => {
    notifier.close();
    await server.stop();
  });

  const on = (instance: string, fields: Partial<LivenessEvent> = {}) =>
    anEvent({
      kind: 'down',
      atMs: clock.now(),
      subject: { name: 'Orion', version: '1.0', instance },
      ...fields,
    });
  /** Lets a check begin, and waits for its requests. */
  async function check(): Promise<void> {
    const before = checked();
    await clock.advance(30_000);
    while (checked() === before || clock.sleepers() === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('sends again what Alertmanager has forgotten, and only that', async () => {
    await notifier.deliver([on('a'), on('b'), on('c')], patience);
    await notifier.deliver([on('c', { kind: 'recovered', state: 'up' })], patience);
    await check();
    expect(posted()).toBe(2);

    alerts = alerts.filter(({ labels }) => labels['instance'] === 'a');
    await check();
    expect(posted()).toBe(3);
    expect(names()).toEqual(['HeartbeatInstanceDown a', 'HeartbeatInstanceDown b']);
    expect(JSON.parse(server.received.at(-1)?.body ?? '')).toHaveLength(1);
    await check();
    expect(recorded.lines.map(({ msg }) => msg)).toEqual([
      'Alertmanager lacks alerts that it accepted: they are sent again',
      'Alertmanager has all alerts again',
    ]);
  });

  it('sends again what Alertmanager has accepted and discarded', async () => {
    isDiscarding = true;
    await notifier.deliver([on('a')], patience);
    await check();
    expect(names()).toEqual([]);
    isDiscarding = false;
    await check();
    expect(names()).toEqual(['HeartbeatInstanceDown a']);
    expect(recorded.lines).toHaveLength(1);
  });

  it('sends nothing while Alertmanager does not say what it has', async () => {
    await notifier.deliver([on('a')], patience);
    server.react({ status: 200, body: '<html>' });
    await check();
    server.react({ status: 503 });
    await check();
    expect(posted()).toBe(1);
  });

  it('forgets an alert whose time is over', async () => {
    // A test fires for five minutes.
    await notifier.deliver([on('a', { kind: 'test' })], patience);
    await check();
    await clock.advance(300_000);
    alerts = [];
    const before = server.received.length;
    await clock.advance(60_000);
    expect(server.received).toHaveLength(before);
  });
});
