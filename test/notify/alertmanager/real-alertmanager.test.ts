import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import type { Destination } from '../../../service/contract/outcome.ts';
import {
  connectAlertmanagers,
  createAlertmanagerDestination,
} from '../../../service/notify/alertmanager/alertmanager.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient } from '../../../service/runtime/http/http-client.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { type Alertmanager, startAlertmanager } from '../../support/alertmanager.ts';
import { readDocument } from '../../support/documents.ts';
import { anEvent } from '../../support/events.ts';
import { describeWith } from '../../support/programs.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

const patience = new AbortController().signal;
const hourMs = 3_600_000;

/** The inhibition rules that the page proposes. */
const documentedRules = (): string =>
  /^```yaml\n(inhibit_rules:.*?)^```/ms.exec(
    readDocument('docs/guides/notifiers/alertmanager.md'),
  )?.[1] ?? '';

/** Notifies at once, and resolves an alert without news for a second. */
const configuration = (receiver: string) => `
global:
  resolve_timeout: 1s
route:
  receiver: server
  group_by: [alertname, name, version]
  group_wait: 10ms
  group_interval: 100ms
  repeat_interval: 1h
receivers:
  - name: server
    webhook_configs:
      - url: ${receiver}
        send_resolved: true
${documentedRules()}
`;

describeWith(['prometheus-alertmanager'], 'A real Alertmanager', () => {
  let alertmanager: Alertmanager;
  let receiver: TestServer;
  const http = createHttpClient({ timeoutMs: 5_000 });

  afterAll(() => http.close());

  beforeEach(async () => {
    receiver = await startTestServer();
    receiver.react({ status: 200 });
    alertmanager = await startAlertmanager(configuration(receiver.url));
  });
  afterEach(async () => {
    await alertmanager.stop();
    await receiver.stop();
  });

  const destination = (holdMs = hourMs): Destination<LivenessEvent> =>
    createAlertmanagerDestination({
      urls: [alertmanager.url],
      labels: { datacentre: 'north' },
      generatorUrl: 'http://heartbeat.example.org/',
      holdMs,
      http,
      clock: systemClock,
      log: createLog('silent'),
    });
  const now = (fields: Partial<LivenessEvent>) => anEvent({ atMs: Date.now(), ...fields });
  const deliver = async (...events: LivenessEvent[]) =>
    expect(await destination()(events, patience)).toEqual({ kind: 'delivered' });

  /** Notifications that the receiver got of an alert: firing, resolved, … */
  const told = (alertname: string): string[] =>
    receiver.received.flatMap(({ body }) => {
      const { alerts }: { alerts: { status: string; labels: Record<string, string> }[] } =
        JSON.parse(body);
      return alerts
        .filter(({ labels }) => labels['alertname'] === alertname)
        .map(({ status }) => status);
    });
  async function untilTold(alertname: string, ...statuses: string[]): Promise<void> {
    await until(() => told(alertname).join() === statuses.join());
  }
  const states = (alerts: Awaited<ReturnType<Alertmanager['alerts']>>) =>
    Object.fromEntries(alerts.map(({ labels, status }) => [labels['alertname'], status.state]));

  it('shows an alert as firing, and notifies of its beginning and end', async () => {
    const down = now({ kind: 'down', reason: 'No heartbeat for 5 min.' });
    await deliver(down);
    const [alert] = await alertmanager.until(([one]) => one?.status.state === 'active');
    expect(alert).toMatchObject({
      labels: {
        alertname: 'HeartbeatInstanceDown',
        severity: 'critical',
        name: 'Orion',
        version: '1.0',
        instance: 'i-1',
        datacentre: 'north',
      },
      annotations: {
        summary: 'Orion 1.0 i-1: down',
        description: 'No heartbeat for 5 min.',
        event_id: down.id,
      },
      startsAt: new Date(down.atMs).toISOString(),
      generatorURL: 'http://heartbeat.example.org/',
    });
    await untilTold('HeartbeatInstanceDown', 'firing');

    await deliver(now({ kind: 'recovered', state: 'up', previous: 'down' }));
    await alertmanager.until((alerts) => alerts.length === 0);
    await untilTold('HeartbeatInstanceDown', 'firing', 'resolved');
    expect(told('HeartbeatInstanceLate')).toEqual([]);
  });

  it('keeps an alert without news firing for longer than its own time-out', async () => {
    await deliver(now({ kind: 'component.down', subject: { name: 'Orion', version: '1.0' } }));
    await untilTold('HeartbeatComponentDown', 'firing');
    await delay(2_500);
    expect(states(await alertmanager.alerts())).toEqual({ HeartbeatComponentDown: 'active' });
    expect(told('HeartbeatComponentDown')).toEqual(['firing']);
  });

  it('ends it when the time is over, unless a reminder comes before', async () => {
    const brief = destination(1_500);
    await brief([now({ kind: 'down' })], patience);
    const [first] = await alertmanager.until(([one]) => one?.status.state === 'active');
    await delay(500);
    await brief([now({ kind: 'still_down' })], patience);
    const [second] = await alertmanager.until(([one]) => one?.endsAt !== first?.endsAt);
    await alertmanager.until((alerts) => alerts.length === 0);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(second?.endsAt ?? ''));
  });

  it('has forgotten its alerts after a restart, and has them again from a reminder', async () => {
    await deliver(now({ kind: 'down' }));
    await alertmanager.until(([one]) => one?.status.state === 'active');
    await alertmanager.restart();
    expect(await alertmanager.alerts()).toEqual([]);
    await deliver(now({ kind: 'still_down' }));
    await alertmanager.until(([one]) => one?.status.state === 'active');
  });

  it('has them again from a check after a restart', async () => {
    const { deliver: send, check } = connectAlertmanagers({
      urls: [alertmanager.url],
      labels: {},
      holdMs: hourMs,
      http,
      clock: systemClock,
      log: createLog('silent'),
    });
    await send([now({ kind: 'down' })], patience);
    await alertmanager.until(([one]) => one?.status.state === 'active');
    await check(patience);
    await alertmanager.restart();
    expect(await alertmanager.alerts()).toEqual([]);
    await check(patience);
    await alertmanager.until(([one]) => one?.status.state === 'active');
  });

  it('mutes alerts by inhibition and by a silence', async () => {
    await deliver(now({ kind: 'late' }), now({ kind: 'down' }));
    await alertmanager.until((alerts) =>
      alerts.some(({ status }) => status.state === 'suppressed' && status.inhibitedBy.length === 1),
    );
    expect(states(await alertmanager.alerts())).toEqual({
      HeartbeatInstanceLate: 'suppressed',
      HeartbeatInstanceDown: 'active',
    });
    await alertmanager.silence({ name: 'Perseo' });
    await deliver(
      now({ kind: 'flapping', subject: { name: 'Perseo', version: '2', instance: 'p' } }),
    );
    const alerts = await alertmanager.until((all) =>
      all.some(({ status }) => status.silencedBy.length === 1),
    );
    expect(states(alerts)).toMatchObject({ HeartbeatInstanceFlapping: 'suppressed' });
    expect(told('HeartbeatInstanceFlapping')).toEqual([]);
  });

  it('takes names of every kind', async () => {
    const names = [
      '"quoted" {a="b"}',
      'line\nbreak',
      '🫀 Ärger',
      '\u0000',
      '\ud800',
      'x'.repeat(255),
    ];
    const events = names.map((name) =>
      now({ kind: 'down', subject: { name, version: name, instance: name }, reason: name }),
    );
    await deliver(...events);
    const alerts = await alertmanager.until((all) => all.length === names.length);
    expect(alerts.map(({ labels }) => labels['instance']).sort()).toEqual(
      names.map((name) => name.toWellFormed()).sort(),
    );
  });
});
