import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ownProperty } from '../../../service/contract/values/own-property.ts';
import { checkHeartbeat } from '../../../service/ingest/check-heartbeat.ts';
import { readPublisherMessage } from '../../../service/profiles/pipeline-heartbeat/publisher-message.ts';

type Recorded = { name: string; steps: { publish?: { body_text: string } }[] };

const recordings = readFileSync('test/fixtures/oracle/pipeline-heartbeat.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): unknown => JSON.parse(line))
  .filter((line): line is Recorded => Array.isArray(ownProperty(line, 'steps')));
const messages = recordings.flatMap(({ name, steps }) =>
  steps.flatMap(({ publish }, index) =>
    publish === undefined ? [] : [{ title: `${name}, step ${index}`, text: publish.body_text }],
  ),
);
const receipt = { receivedAtMs: Date.UTC(2026, 11, 1), maxFutureMs: 300_000, relayed: {} };

function heartbeatsOf(text: string) {
  const candidates = readPublisherMessage(Buffer.from(text), 60) ?? [];
  return candidates.map(({ path, fields }) => ({
    path,
    check: checkHeartbeat(fields, path, receipt),
  }));
}

/** `kind:name status message`, or the path of an error. */
const inShort = (text: string) =>
  heartbeatsOf(text).map(({ check }) =>
    check.kind === 'invalid'
      ? check.errors.map(({ path }) => path).join()
      : [
          `${check.heartbeat.name}:${check.heartbeat.instance}`,
          check.heartbeat.status ?? 'ok',
          ...(check.heartbeat.message ? [check.heartbeat.message] : []),
        ].join(' '),
  );

const message = (fields: object) =>
  JSON.stringify({
    status: 'heartbeat',
    service: 'publisher',
    timestamp: '2026-11-30 10:00:00 UTC',
    hosts: [],
    rmq_consumers: { queues_status: [], services_status: [] },
    ...fields,
  });
const time = '2026-11-30 10:00:01 UTC';

describe('readPublisherMessage', () => {
  it('has recordings', () => {
    expect(messages.length).toBeGreaterThan(30);
  });

  it.each(messages)('reads the recorded message: $title', ({ text }) => {
    const parsed: unknown = JSON.parse(text);
    const consumers = ownProperty(parsed, 'rmq_consumers');
    const lists = [
      ownProperty(parsed, 'hosts'),
      ownProperty(consumers, 'queues_status'),
      ownProperty(consumers, 'services_status'),
    ].map((list) => (Array.isArray(list) ? list : []));
    const names = lists.flatMap((list) => [...new Set(list.map((item) => item.name))]);
    const heartbeats = heartbeatsOf(text);
    expect(heartbeats).toHaveLength(consumers === undefined ? 0 : names.length + 1);
    const invalid = heartbeats.filter(({ check }) => check.kind === 'invalid');
    expect(invalid).toHaveLength(
      consumers === undefined ? 0 : names.filter((n) => n === '').length,
    );
  });

  it('makes an instance of each host, queue and consumer, and of the publisher', () => {
    const text = messages.find(({ title }) => title.includes('several rounds'))?.text ?? '';
    expect(inShort(text)).toEqual([
      'host:sda-doa ok',
      'host:127.0.0.1 ok',
      'host:sda-db not_ok no TCP connection to the host',
      'host:nx not_ok no TCP connection to the host',
      'queue:inbox ok',
      'queue:ingest not_ok not all consumers of the queue are active',
      'queue:idle not_ok not all consumers of the queue are active',
      'queue:single not_ok not all consumers of the queue are active',
      'queue:nosuchqueue not_ok not all consumers of the queue are active',
      'queue:empty-list ok',
      'consumer:mq-interceptor ok',
      'consumer:sda-ingest ok',
      'consumer:sda-absent not_ok no active consumer',
      expect.stringMatching(/^consumer:\w+ not_ok no active consumer$/),
      'consumer:first not_ok no active consumer',
      'consumer:second not_ok no active consumer',
      'consumer:x not_ok no active consumer',
      'publisher:publisher ok',
    ]);
  });

  it('takes the time of each item, and for the publisher the newest of them', () => {
    const hosts = [
      { name: 'a', status: 'ok', timestamp: time },
      { name: 'b', status: 'ok', timestamp: '2026-11-30 09:59:00 UTC' },
      { name: 'c', status: 'ok' },
    ];
    const times = heartbeatsOf(message({ hosts })).map(({ check }) =>
      check.kind === 'valid' ? new Date(check.heartbeat.timestampMs).toISOString() : '',
    );
    expect(times).toEqual([
      '2026-11-30T10:00:01.000Z',
      '2026-11-30T09:59:00.000Z',
      '2026-12-01T00:00:00.000Z',
      '2026-11-30T10:00:01.000Z',
    ]);
  });

  it('counts every other status as not ok, and a name that occurs twice as ok only if both are', () => {
    const item = (name: string, status: unknown) => ({ name, status, timestamp: time });
    const hosts = [item('a', 'degraded'), item('b', null), item('c', 'not_ok'), item('c', 'ok')];
    expect(inShort(message({ hosts }))).toEqual([
      'host:a not_ok the status is degraded',
      'host:b not_ok the status is null',
      'host:c not_ok no TCP connection to the host',
      'publisher:publisher ok',
    ]);
  });

  it('names the place of an item that cannot be read, and keeps the others', () => {
    const hosts = [{ name: 5, status: 'ok' }, 'text', { name: 'a', status: 'ok', timestamp: 'x' }];
    const rmq_consumers = { queues_status: 'none', services_status: null };
    expect(inShort(message({ hosts, rmq_consumers }))).toEqual([
      '$.hosts[0].instance',
      '$.hosts[1].instance',
      '$.hosts[2].timestamp',
      '$.rmq_consumers.queues_status',
      'publisher:publisher ok',
    ]);
  });

  it.each([
    ['a heartbeat', '{"name":"a","version":"1","instance":"rmq_consumers"}'],
    ['another status', message({ status: 'ok' })],
    ['no JSON', '{"rmq_consumers"'],
    ['no UTF-8', '"rmq_consumers"\u00ff'],
  ])('leaves a message of another kind: %s', (_, text) => {
    expect(readPublisherMessage(Buffer.from(text, 'latin1'), 60)).toBeUndefined();
  });
});
