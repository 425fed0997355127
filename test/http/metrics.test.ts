import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { componentMetricDefinitions } from '../../service/contract/metrics/components.ts';
import type { MetricDefinition } from '../../service/contract/metrics/definition.ts';
import { metricDefinitions } from '../../service/contract/metrics.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { findProgram } from '../support/programs.ts';
import { closeConnections, exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';
import { freePort } from '../support/test-server.ts';

const rawRoute = '/api/v1/heartbeats';
let service: LocalService | undefined;
afterEach(async () => {
  closeConnections();
  await service?.stop();
});

/** With an unavailable Keystone, so that every dependency is reported. */
async function start(settings: Record<string, string> = {}): Promise<LocalService> {
  service = await startService({
    ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    ...settings,
  });
  return service;
}

const scrape = ({ port }: LocalService) => exchange(port, requestText('GET', '/metrics'));
const own = (exposition: string) =>
  exposition.split('\n').filter((line) => /^(ge_)?heartbeat_/.test(line));

/** Every sample of ours by name and labels. */
async function samples(from: LocalService): Promise<ReadonlyMap<string, number>> {
  const { body } = await scrape(from);
  return new Map(
    own(body).map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const definitions: readonly MetricDefinition[] = [
  ...Object.values(metricDefinitions),
  ...Object.values(componentMetricDefinitions),
];

describe('/metrics', () => {
  it('shows every metric of the table, and of ours no other', async () => {
    const { headers, body } = await scrape(await start());
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const declared = [...body.matchAll(/^# TYPE ((?:ge_)?heartbeat_\S+) (\S+)$/gm)];
    expect(declared.map(([, name, kind]) => `${name} ${kind}`).sort()).toEqual(
      definitions.map(({ name, kind }) => `${name} ${kind}`).sort(),
    );
  });

  it('labels with the values that the table names, and no others', async () => {
    const { body } = await scrape(await start());
    for (const line of own(body)) {
      const [, name = '', labels = ''] =
        /^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? /.exec(line) ?? [];
      const definition = definitions.find((any) => line.startsWith(any.name));
      expect([line, definition === undefined]).toEqual([line, false]);
      for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
        const allowed = label === 'le' ? [value] : (definition?.labels[label] ?? []);
        expect([name, label, value, allowed.includes(value)]).toEqual([name, label, value, true]);
      }
    }
  });

  it('writes a line of the exposition format for every sample', async () => {
    const { body } = await scrape(await start());
    const line = /^[a-zA-Z_:][\w:]*(\{\w+="[^"\\\n]*"(,\w+="[^"\\\n]*")*,?\})? (\S+)$/;
    for (const text of body.split('\n').filter((any) => any !== '' && !any.startsWith('#'))) {
      expect(text).toMatch(line);
      expect([text, Number(line.exec(text)?.[3])]).not.toContain(Number.NaN);
    }
    expect(body.endsWith('\n')).toBe(true);
  });

  it('shows every combination of closed labels from the start, so that rates are right', async () => {
    // One value of each label whose values are known once the service is configured.
    const { body } = await scrape(
      await start({
        HEARTBEAT_INTAKE_AMQP_URL: 'amqp://127.0.0.1:1',
        HEARTBEAT_RELAYS: JSON.stringify([
          {
            name: 'gate',
            sources: [{ name: 'a' }],
            target: { type: 'http', url: 'http://127.0.0.1:1' },
          },
        ]),
      }),
    );
    for (const { name, kind, labels } of definitions.filter(({ kind }) => kind !== 'gauge')) {
      const closed = Object.values(labels).filter((values) => typeof values !== 'string');
      const series = closed.reduce((product, values) => product * values.length, 1);
      const start = kind === 'counter' ? name : `${name}_count`;
      const shown = own(body).filter((line) =>
        [' ', '{'].includes(line.slice(start.length)[0] ?? ''),
      );
      expect([name, shown.filter((line) => line.startsWith(start)).length]).toEqual([name, series]);
    }
  });

  it('counts exactly what happened', async () => {
    const running = await start({
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '3',
      HEARTBEAT_HTTP_MAX_BODY_BYTES: '1024',
    });
    const at = (instance: string, more: object = {}) => ({
      name: 'a',
      version: '1',
      instance,
      ...more,
    });
    const post = (body: string, path = rawRoute, headers: Record<string, string> = {}) =>
      exchange(running.port, requestText('POST', path, { body, headers }));
    const beat = (more: object = {}) =>
      JSON.stringify({ ID: 'c', Enabler_ID: 'o', Enabler_Version: '1', ...more });

    await post(JSON.stringify(at('c1')));
    await post(JSON.stringify([at('c1'), at('c2'), at('')]));
    await post(JSON.stringify(at('c3', { timestamp: '2999-01-01T00:00:00Z' })));
    await post(JSON.stringify([1, 2, 3, 4]));
    await post('nonsense');
    await post('x'.repeat(2_000));
    await post('{}', rawRoute, { 'content-encoding': 'br' });
    await exchange(running.port, requestText('GET', rawRoute));
    await post(beat(), '/beat');
    await post(beat({ ID: '' }), '/beat');
    await post(beat({ ID: 1 }), '/beat');
    await post('', '/beat');
    await exchange(running.port, requestText('GET', '/status'));

    const counted = await samples(running);
    const expected = {
      'heartbeat_received_total{profile="native"}': 9,
      'heartbeat_received_total{profile="ge"}': 2,
      'heartbeat_accepted_total{profile="native"}': 4,
      'heartbeat_accepted_total{profile="ge"}': 1,
      'heartbeat_rejected_total{profile="native",reason="invalid"}': 1,
      'heartbeat_rejected_total{profile="native",reason="malformed"}': 1,
      // Four heartbeats in one body, and one body.
      'heartbeat_rejected_total{profile="native",reason="too-large"}': 5,
      'heartbeat_rejected_total{profile="native",reason="bad-encoding"}': 1,
      'heartbeat_rejected_total{profile="native",reason="wrong-method"}': 1,
      'heartbeat_rejected_total{profile="ge",reason="invalid"}': 1,
      'heartbeat_rejected_total{profile="ge",reason="malformed"}': 2,
      'heartbeat_clock_skew_total{profile="native"}': 1,
      'heartbeat_clock_skew_total{profile="ge"}': 0,
      'heartbeat_http_requests_total{status="2xx"}': 5,
      'heartbeat_http_requests_total{status="4xx"}': 8,
      'heartbeat_http_requests_total{status="5xx"}': 0,
      heartbeat_store_commit_records_sum: 5,
      'heartbeat_outbox_records{stream="heartbeats"}': 5,
      heartbeat_outbox_limit_records: 10_000_000,
      'heartbeat_dead_letters{destination="monasca"}': 0,
    };
    const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, counted.get(name)]));
    expect(seen).toEqual(expected);
  });

  it('is right for concurrent requests', async () => {
    const running = await start();
    const body = JSON.stringify({ name: 'a', version: '1', instance: 'c' });
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0
          ? exchange(running.port, requestText('POST', rawRoute, { body }))
          : scrape(running),
      ),
    );
    expect((await samples(running)).get('heartbeat_accepted_total{profile="native"}')).toBe(20);
  });
});

describe('/metrics/instances', () => {
  const ask = ({ url }: LocalService) => fetch(`${url}/metrics/instances`);

  it('is not there unless it is wanted', async () => {
    expect((await ask(await start())).status).toBe(404);
  });

  it('shows state and age of each instance', async () => {
    const running = await start({ HEARTBEAT_METRICS_INSTANCES: 'true' });
    for (const instance of ['c1', 'c2']) {
      const body = JSON.stringify({ name: 'a', version: '1', instance });
      await exchange(running.port, requestText('POST', rawRoute, { body }));
    }
    const answer = await ask(running);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const body = await answer.text();
    expect(own(body).map((line) => line.replace(/ \S+$/, ''))).toEqual(
      ['state', 'beat_age_seconds'].flatMap((what) =>
        ['c1', 'c2'].map(
          (id) => `ge_heartbeat_instance_${what}{name="a",version="1",instance_id="${id}"}`,
        ),
      ),
    );
    expect(body).toContain('instance_id="c2"} 0\n');
  });
});

// Its Debian package brings a server along, so it is nowhere demanded: the form is checked above.
const promtool = findProgram('promtool');
if (promtool === undefined) {
  process.stderr.write(
    'skipped, /metrics, to Prometheus: no promtool (Debian package prometheus)\n',
  );
} else {
  describe('/metrics, to Prometheus', () => {
    it('has nothing to complain of', async () => {
      const { body } = await scrape(await start());
      const checked = spawnSync(promtool, ['check', 'metrics'], { input: body, encoding: 'utf8' });
      // 1: it cannot be read. 3: it can, and there is advice, if only on what prom-client names.
      expect([0, 3]).toContain(checked.status);
      const ours = own(checked.stderr);
      expect(ours).toEqual([]);
    });
  });
}
