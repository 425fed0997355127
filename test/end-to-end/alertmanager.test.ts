import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Alertmanager, type ShownAlert, startAlertmanager } from '../support/alertmanager.ts';
import { untilEvents } from '../support/event-reader.ts';
import { describeWith } from '../support/programs.ts';
import { startSender } from '../support/sender.ts';
import { type LocalService, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

const configuration = `
route: { receiver: none }
receivers: [{ name: none }]
`;

/** Name and instance of each alert, as `HeartbeatInstanceDown a`, in order. */
const inShort = (alerts: readonly ShownAlert[]): string[] =>
  alerts.map(({ labels }) => `${labels['alertname']} ${labels['instance']}`).sort();

describeWith(['prometheus-alertmanager'], 'The service and a real Alertmanager', () => {
  let alertmanager: Alertmanager;
  let service: LocalService;

  beforeEach(async () => {
    alertmanager = await startAlertmanager(configuration);
    service = await startService({
      HEARTBEAT_NOTIFIERS: JSON.stringify([
        { name: 'alerts', type: 'alertmanager', urls: [alertmanager.url] },
      ]),
    });
  });
  afterEach(async () => {
    await service.stop();
    await alertmanager.stop();
  });

  const untilFiring = (...wanted: string[]) =>
    alertmanager.until((alerts) => inShort(alerts).join() === wanted.join());

  async function silence(name: string): Promise<string> {
    const answer = await fetch(`${service.url}/api/v1/silences`, {
      method: 'POST',
      body: JSON.stringify({
        matchers: { name },
        durationSeconds: 3_600,
        reason: 'It is rebuilt.',
        author: 'test',
      }),
    });
    expect(answer.status).toBe(201);
    return JSON.parse(await answer.text()).id;
  }

  it('agree on the instances that are down, from the absence of one to its return', async () => {
    const [dies, lives] = ['dies', 'lives'].map((one) => startSender(() => service.url, one));
    await until(() => dies?.lastAnsweredMs() !== 0);
    await untilFiring();
    dies?.silence();
    await untilFiring('HeartbeatInstanceLate dies');
    await untilFiring('HeartbeatInstanceDown dies', 'HeartbeatInstanceLate dies');
    dies?.resume();
    await untilFiring();
    await Promise.all([dies?.end(), lives?.end()]);
  });

  it('have no alert for a silenced instance until the silence ends', async () => {
    const id = await silence('Perseo');
    const options = { name: 'Perseo' };
    const silenced = startSender(() => service.url, 'silenced', options);
    const notified = startSender(() => service.url, 'notified');
    await until(() => notified.lastAnsweredMs() > 0 && silenced.lastAnsweredMs() > 0);
    silenced.silence();
    notified.silence();
    await untilEvents(service.url, (events) =>
      events.some(({ data }) => data.kind === 'down' && data.instance === 'silenced'),
    );
    await untilFiring('HeartbeatInstanceDown notified', 'HeartbeatInstanceLate notified');
    const answer = await fetch(`${service.url}/api/v1/silences/${id}`, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    await untilFiring(
      'HeartbeatInstanceDown notified',
      'HeartbeatInstanceDown silenced',
      'HeartbeatInstanceLate notified',
    );
    await Promise.all([silenced.end(), notified.end()]);
  });
});
