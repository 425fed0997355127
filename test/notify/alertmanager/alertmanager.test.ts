import { afterAll, describe, expect, it } from '@jest/globals';
import { notifiersSection } from '../../../service/config/sections/notifiers/notifiers.ts';
import { type EventKind, eventKinds, type LivenessEvent } from '../../../service/contract/event.ts';
import { skipped } from '../../../service/contract/outcome.ts';
import { Secret } from '../../../service/contract/values/secret.ts';
import {
  type AlertmanagerOptions,
  createAlertmanagerDestination,
} from '../../../service/notify/alertmanager/alertmanager.ts';
import { postableAlerts } from '../../../service/notify/alertmanager/postable.ts';
import { createNotifier } from '../../../service/notify/notifiers.ts';
import { createRouting } from '../../../service/notify/routing.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient } from '../../../service/runtime/http/http-client.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../../support/destination-contract.ts';
import { anEvent, someEvents } from '../../support/events.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { freePort, startTestServer } from '../../support/test-server.ts';

const patience = new AbortController().signal;
const http = createHttpClient({ timeoutMs: contractTimeoutMs });
afterAll(() => http.close());
const atMs = 1_767_225_600_000;
const nowMs = atMs + 60_000;
const posting = { labels: {}, holdMs: 3_600_000 };

function fixture(options: Partial<AlertmanagerOptions> & Pick<AlertmanagerOptions, 'urls'>) {
  const { log, lines } = createRecordedLog();
  const deliver = createAlertmanagerDestination({
    ...posting,
    http,
    clock: systemClock,
    log,
    ...options,
  });
  return { deliver, lines };
}

describeDestination('an Alertmanager', (url) =>
  underTest(fixture({ urls: [url] }).deliver, [anEvent()]),
);

/** `+Name` fires, `-Name` is resolved; without the beginning that all have. */
const inShort = (events: readonly LivenessEvent[]): string[] =>
  postableAlerts(events, posting, nowMs).map(({ labels, startsAt }) => {
    const name = labels['alertname']?.replace('Heartbeat', '');
    const pattern = labels['version'] === '*' ? ' *' : '';
    return `${startsAt === undefined ? '-' : '+'}${name}${pattern}`;
  });

describe('postableAlerts', () => {
  const expected: Record<EventKind, string[]> = {
    started: [
      '-InstanceLate',
      '-InstanceDown',
      '-InstanceFlapping',
      '-InstanceNotOk',
      '-ComponentNeverSeen',
      '-ComponentNeverSeen *',
    ],
    late: ['+InstanceLate', '-InstanceDown'],
    down: ['+InstanceDown'],
    still_down: ['+InstanceDown'],
    recovered: ['-InstanceLate', '-InstanceDown', '-InstanceFlapping'],
    retired: ['-InstanceLate', '-InstanceDown', '-InstanceFlapping', '-InstanceNotOk'],
    'status.not_ok': ['+InstanceNotOk'],
    'status.ok': ['-InstanceNotOk'],
    flapping: ['+InstanceFlapping'],
    calm: ['-InstanceFlapping', '-InstanceLate', '-InstanceDown'],
    'component.degraded': ['+ComponentDegraded', '-ComponentDown'],
    'component.down': ['+ComponentDown'],
    'component.recovered': ['-ComponentDegraded', '-ComponentDown'],
    'component.never_seen': ['+ComponentNeverSeen'],
    mass_outage: ['+MassOutage'],
    'mass_outage.ended': ['-MassOutage'],
    'pattern.matched': ['+Pattern'],
    'pattern.ended': ['-Pattern'],
    'clock.skewed': [],
    'params.changed': [],
    'admin.acted': [],
    'relay.opened': [],
    'relay.closed': [],
    'site.down': [],
    'site.recovered': [],
    'site.unmonitored': [],
    'silence.created': [],
    'silence.ended': [],
    test: ['+Test'],
  };

  it.each(eventKinds)('makes alerts of %s', (kind) => {
    expect(inShort([anEvent({ kind, state: 'up' })])).toEqual(expected[kind]);
  });

  it('sets off what an instance is when it has become calm', () => {
    expect(inShort([anEvent({ kind: 'calm', state: 'down' })])).toEqual([
      '-InstanceFlapping',
      '+InstanceDown',
    ]);
    expect(inShort([anEvent({ kind: 'calm', state: 'late' })])).toEqual([
      '-InstanceFlapping',
      '+InstanceLate',
      '-InstanceDown',
    ]);
  });

  it('begins when it happened and fires for the configured time', () => {
    expect(postableAlerts([anEvent({ atMs })], posting, nowMs)).toMatchObject([
      { startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-01T01:01:00.000Z' },
    ]);
    expect(postableAlerts([anEvent({ atMs, kind: 'mass_outage.ended' })], posting, nowMs)).toEqual([
      expect.objectContaining({ endsAt: '2026-01-01T00:00:00.000Z' }),
    ]);
  });

  it('began when the instance went down, however late the reminder is', () => {
    const reminder = anEvent({ atMs, kind: 'still_down', ageSeconds: 900 });
    expect(postableAlerts([reminder], posting, nowMs)).toMatchObject([
      { startsAt: '2025-12-31T23:50:00.000Z', endsAt: '2026-01-01T01:01:00.000Z' },
    ]);
  });

  it('makes no alert of a reminder of many at once, because no event would resolve it', () => {
    const subject = { name: 'Orion', version: '1.0' };
    expect(inShort([anEvent({ kind: 'still_down', subject })])).toEqual([]);
    expect(inShort([anEvent({ kind: 'still_down', subject: undefined })])).toEqual([]);
  });

  it('leaves to later events in the log what these say', async () => {
    const server = await startTestServer();
    async function* lookAhead() {
      yield anEvent({ kind: 'recovered' });
      yield anEvent({ kind: 'mass_outage.ended', subject: undefined });
    }
    const { deliver } = fixture({ urls: [server.url], lookAhead });
    expect(await deliver([anEvent()], patience)).toEqual(skipped);
    expect(server.received).toEqual([]);
    const subject = { name: 'Orion', version: '1.0', instance: 'another' };
    expect(await deliver([anEvent(), anEvent({ subject })], patience)).toEqual({
      kind: 'delivered',
    });
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject([{ labels: subject }]);
    await server.stop();
  });

  it('only resolves alerts where a rule excludes the event', async () => {
    const server = await startTestServer();
    const [config] = notifiersSection.parse([
      {
        name: 'a',
        type: 'alertmanager',
        urls: [server.url],
        match: [{ kinds: ['component.down'] }],
      },
    ]);
    if (!config) throw new Error('no notifier');
    const notifier = createNotifier(config, {
      ...createRecordedLog(),
      clock: systemClock,
      metrics: createMetrics(),
    });
    const concerns = createRouting(config, notifier.ends);
    const subject = { name: 'Orion', version: '1.0' };
    const posted = async (event: LivenessEvent): Promise<string[]> => {
      expect(concerns(event)).toBe(true);
      expect(await notifier.deliver([event], patience)).toEqual({ kind: 'delivered' });
      const alerts: { labels: Record<string, string>; startsAt?: string }[] = JSON.parse(
        server.received.at(-1)?.body ?? '',
      );
      return alerts.map(
        ({ labels, startsAt }) => `${startsAt === undefined ? '-' : '+'}${labels['alertname']}`,
      );
    };
    expect(await posted(anEvent({ kind: 'component.down', subject }))).toEqual([
      '+HeartbeatComponentDown',
    ]);
    expect(await posted(anEvent({ kind: 'component.degraded', subject }))).toEqual([
      '-HeartbeatComponentDown',
    ]);
    const silencedBy = 'a-silence';
    expect(await posted(anEvent({ kind: 'component.degraded', subject, silencedBy }))).toEqual([
      '-HeartbeatComponentDown',
    ]);
    expect(concerns(anEvent({ kind: 'component.down', subject, silencedBy }))).toBe(false);
    expect(concerns(anEvent({ kind: 'down' }))).toBe(false);
    notifier.close();
    await server.stop();
  });

  it('ends a test by itself', () => {
    expect(postableAlerts([anEvent({ atMs, kind: 'test' })], posting, nowMs)).toMatchObject([
      { endsAt: '2026-01-01T00:06:00.000Z' },
    ]);
  });

  it('has the last word on each alert only, in the order of events', () => {
    const of = (kind: EventKind, instance: string) =>
      anEvent({ kind, subject: { name: 'Orion', version: '1.0', instance } });
    const events = [of('down', 'a'), of('down', 'b'), of('recovered', 'a'), of('down', 'a')];
    const last = postableAlerts(events, posting, nowMs).map(({ labels, startsAt }) => [
      labels['instance'],
      labels['alertname'],
      startsAt !== undefined,
    ]);
    expect(last).toEqual([
      ['b', 'HeartbeatInstanceDown', true],
      ['a', 'HeartbeatInstanceLate', false],
      ['a', 'HeartbeatInstanceFlapping', false],
      ['a', 'HeartbeatInstanceDown', true],
    ]);
  });

  it('lets the configuration add labels, and take the place of none', () => {
    const labels = { datacentre: 'north', severity: 'page' };
    expect(postableAlerts([anEvent()], { ...posting, labels }, nowMs)[0]?.labels).toMatchObject({
      datacentre: 'north',
      severity: 'critical',
    });
  });
});

describe('createAlertmanagerDestination', () => {
  it('posts a batch as one request, below the path of the address', async () => {
    const server = await startTestServer();
    const authorization = new Secret('Bearer abc');
    const { deliver } = fixture({ urls: [`${server.url}/alerts/`], authorization });
    expect(await deliver(someEvents(3), patience)).toEqual({ kind: 'delivered' });
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/alerts/api/v2/alerts',
        headers: { 'content-type': 'application/json', authorization: 'Bearer abc' },
      },
    ]);
    expect(JSON.parse(server.received[0]?.body ?? '')).toHaveLength(3);
    await server.stop();
  });

  it('sends no request for events without alerts', async () => {
    const { deliver } = fixture({ urls: [`http://127.0.0.1:${await freePort()}`] });
    const events = [anEvent({ kind: 'params.changed', subject: undefined })];
    expect(await deliver(events, patience)).toEqual({ kind: 'delivered', records: 0 });
  });

  it('sends to each of a cluster, is content with one, and logs what the others lack once', async () => {
    const [well, unwell] = await Promise.all([startTestServer(), startTestServer()]);
    unwell.react({ status: 503 });
    const { deliver, lines } = fixture({ urls: [unwell.url, well.url] });
    for (let n = 0; n < 2; n++) {
      expect(await deliver([anEvent()], patience)).toEqual({ kind: 'delivered' });
    }
    unwell.react({ status: 200 });
    await deliver([anEvent()], patience);
    expect([well, unwell].map(({ received }) => received.length)).toEqual([3, 3]);
    expect(lines.map(({ level, msg, url }) => [level, msg, url])).toEqual([
      ['warn', 'Alertmanager does not accept alerts: others have them', unwell.url],
      ['info', 'Alertmanager accepts alerts again', unwell.url],
    ]);
    await Promise.all([well.stop(), unwell.stop()]);
  });

  it('retries when no Alertmanager accepted the alerts, and is rejected when one that could read them rejects them', async () => {
    const [one, other] = await Promise.all([startTestServer(), startTestServer()]);
    const { deliver, lines } = fixture({ urls: [one.url, other.url] });
    one.react({ status: 503 });
    other.react({ status: 500 });
    expect(await deliver([anEvent()], patience)).toMatchObject({
      kind: 'retry',
      reason: 'server-error',
      detail: expect.stringContaining(new URL(one.url).host),
    });
    other.react({ status: 400, body: 'bad labels' });
    expect(await deliver([anEvent()], patience)).toMatchObject({
      kind: 'rejected',
      detail: expect.stringContaining('bad labels'),
    });
    expect(lines).toEqual([]);
    await Promise.all([one.stop(), other.stop()]);
  });
});
