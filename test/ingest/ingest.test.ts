import { describe, expect, it } from '@jest/globals';
import { anonymous, type Caller } from '../../service/contract/access/caller.ts';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { createIngest } from '../../service/ingest/ingest.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import type { AppendResult } from '../../service/store/outbox/outbox.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const heartbeat = (instance: string, more: object = {}) => ({
  name: 'orion',
  version: '1.0',
  instance,
  ...more,
});
const bodyOf = (value: unknown) => Buffer.from(JSON.stringify(value));

function createFixture(options: { maxHeartbeats?: number; answer?: AppendResult } = {}) {
  const stored: Heartbeat[] = [];
  const metrics = createMetrics();
  const clock = createFakeClock();
  const { maxHeartbeats = 1_000, answer = { kind: 'stored' } } = options;
  const { acceptBody, acceptOne, noteRefusal } = createIngest({
    maxHeartbeats,
    maxFutureMs: 300_000,
    maxAgeMs: 300_000,
    append: async (heartbeats) => {
      if (answer.kind === 'stored') stored.push(...heartbeats);
      return answer;
    },
    clock,
    metrics,
  });
  const ingest = {
    acceptBody: (body: Buffer, caller = anonymous) => acceptBody(body, caller),
    acceptOne: (profile: 'ge', candidate: unknown, caller = anonymous) =>
      acceptOne(profile, candidate, caller),
    noteRefusal,
  };
  /** Every counter that is not 0, as `name{labels} value`. */
  const counted = async () => {
    const lines = (await metrics.render()).split('\n');
    return lines.filter((line) => /^heartbeat_.*_total\{.* [1-9]\d*$/.test(line)).sort();
  };
  return { ingest, stored, clock, counted };
}

describe('createIngest', () => {
  it('stores one heartbeat and counts it', async () => {
    const { ingest, stored, clock, counted } = createFixture();
    const answer = await ingest.acceptBody(bodyOf(heartbeat('c1')));
    expect(answer).toEqual({ kind: 'accepted', accepted: 1, rejected: [] });
    const atMs = clock.now();
    expect(stored).toEqual([heartbeat('c1', { timestampMs: atMs, receivedAtMs: atMs })]);
    expect(await counted()).toEqual([
      'heartbeat_accepted_total{profile="native"} 1',
      'heartbeat_received_total{profile="native"} 1',
    ]);
  });

  it('stores the good ones of a body and says what is wrong with the others', async () => {
    const { ingest, stored, counted } = createFixture();
    const twice = '{"name":"a","version":"1","instance":"c3","na\\u006de":"b"}';
    const body = `[${JSON.stringify(heartbeat('c1'))},{"name":""},${twice},${JSON.stringify(heartbeat('c2'))}]`;
    expect(await ingest.acceptBody(Buffer.from(body))).toMatchObject({
      kind: 'accepted',
      accepted: 2,
      rejected: [
        {
          index: 1,
          errors: [{ path: '$[1].name' }, { path: '$[1].version' }, { path: '$[1].instance' }],
        },
        { index: 2, errors: [{ path: '$[2].name', expected: 'each field once' }] },
      ],
    });
    expect(stored.map(({ instance }) => instance)).toEqual(['c1', 'c2']);
    expect(await counted()).toEqual([
      'heartbeat_accepted_total{profile="native"} 2',
      'heartbeat_received_total{profile="native"} 4',
      'heartbeat_rejected_total{profile="native",reason="invalid"} 2',
    ]);
  });

  it('stores the good lines of NDJSON', async () => {
    const { ingest, stored } = createFixture();
    const lines = [JSON.stringify(heartbeat('c1')), '{"name":', JSON.stringify(heartbeat('c2'))];
    expect(await ingest.acceptBody(Buffer.from(lines.join('\r\n')))).toMatchObject({
      accepted: 2,
      rejected: [{ index: 1, errors: [{ path: '$[1]', expected: 'a line of JSON' }] }],
    });
    expect(stored).toHaveLength(2);
  });

  it('calls it a problem when not one is good', async () => {
    const { ingest, stored, counted } = createFixture();
    expect(await ingest.acceptBody(bodyOf([1, heartbeat('')]))).toMatchObject({
      kind: 'problem',
      problem: {
        code: 'heartbeats-rejected',
        detail: '$[0]: expected an object with name, version and instance; got 1.',
        rejected: [{ index: 0 }, { index: 1, errors: [{ path: '$[1].instance' }] }],
      },
    });
    expect(stored).toEqual([]);
    expect(await counted()).toEqual([
      'heartbeat_received_total{profile="native"} 2',
      'heartbeat_rejected_total{profile="native",reason="invalid"} 2',
    ]);
  });

  it('names a field of a lone object without an index', async () => {
    const { ingest } = createFixture();
    const answer = await ingest.acceptBody(bodyOf(heartbeat('c1', { interval: 0 })));
    expect(answer).toMatchObject({ problem: { rejected: [{ errors: [{ path: '$.interval' }] }] } });
  });

  it('takes an empty array for what it is', async () => {
    const { ingest, counted } = createFixture();
    const nothing = { kind: 'accepted', accepted: 0, rejected: [] };
    expect(await ingest.acceptBody(Buffer.from('[]'))).toEqual(nothing);
    expect(await counted()).toEqual([]);
  });

  it('counts what a caller may not send apart from what is invalid', async () => {
    const caller: Caller = {
      name: 'fleet',
      authorize: ({ instance }, path) =>
        instance.startsWith('x') ? { path, expected: 'an own instance', got: instance } : undefined,
    };
    const rejectedCounts = async (items: unknown[]) => {
      const { ingest, stored, counted } = createFixture();
      const result = await ingest.acceptBody(bodyOf(items), caller);
      const code = result.kind === 'problem' ? result.problem.code : result.accepted;
      const all = (await counted()).map((line) => line.replace('{profile="native"', '{'));
      return [code, stored.length, ...all.map((line) => line.replace('heartbeat_', ''))];
    };
    const [own, foreign] = [heartbeat('c1'), heartbeat('x1')];
    const both = await createFixture().ingest.acceptBody(bodyOf([own, foreign]), caller);
    const errors = [{ path: '$[1]', expected: 'an own instance', got: 'x1' }];
    expect(both).toEqual({ kind: 'accepted', accepted: 1, rejected: [{ index: 1, errors }] });
    expect(await rejectedCounts([own, foreign, foreign, 1])).toEqual([
      1,
      1,
      'accepted_total{} 1',
      'received_total{} 4',
      'rejected_total{,reason="forbidden"} 2',
      'rejected_total{,reason="invalid"} 1',
    ]);
    expect(await rejectedCounts([foreign])).toEqual([
      'forbidden',
      0,
      'received_total{} 1',
      'rejected_total{,reason="forbidden"} 1',
    ]);
    expect(await rejectedCounts([foreign, 1, 1])).toEqual([
      'heartbeats-rejected',
      0,
      'received_total{} 3',
      'rejected_total{,reason="forbidden"} 1',
      'rejected_total{,reason="invalid"} 2',
    ]);
  });

  it('lists a hundred problems, and counts them all', async () => {
    const { ingest, counted } = createFixture();
    const bad = Array.from({ length: 150 }, () => 0);
    const allBad = await ingest.acceptBody(bodyOf(bad));
    const oneGood = await ingest.acceptBody(bodyOf([...bad, heartbeat('c1')]));
    const listed = [
      allBad.kind === 'problem' ? allBad.problem.rejected : undefined,
      oneGood.kind === 'accepted' ? oneGood.rejected : undefined,
    ];
    expect(listed.map((problems) => problems?.length)).toEqual([100, 100]);
    expect(oneGood).toMatchObject({ accepted: 1 });
    expect(await counted()).toContain(
      'heartbeat_rejected_total{profile="native",reason="invalid"} 300',
    );
  });

  it('refuses more heartbeats than are allowed, and stores none of them', async () => {
    const { ingest, stored, counted } = createFixture({ maxHeartbeats: 2 });
    const three = ['c1', 'c2', 'c3'].map((instance) => heartbeat(instance));
    const ndjson = Buffer.from(three.map((one) => JSON.stringify(one)).join('\n'));
    for (const body of [bodyOf(three), ndjson]) {
      expect(await ingest.acceptBody(body)).toMatchObject({
        problem: { code: 'too-many-heartbeats', detail: expect.stringContaining('3 heartbeats') },
      });
    }
    expect(stored).toEqual([]);
    expect(await counted()).toEqual([
      'heartbeat_received_total{profile="native"} 6',
      'heartbeat_rejected_total{profile="native",reason="too-large"} 6',
    ]);
    expect(await ingest.acceptBody(bodyOf(three.slice(1)))).toMatchObject({ accepted: 2 });
  });

  it('keeps the time of receipt for what comes from the future, and counts it', async () => {
    const { ingest, stored, clock, counted } = createFixture();
    const [receivedAtMs, timestamp] = [clock.now(), clock.now() + 300_001];
    const ahead = heartbeat('c1', { timestamp });
    expect(await ingest.acceptBody(bodyOf([ahead, heartbeat('c2')]))).toMatchObject({
      accepted: 2,
    });
    expect(stored[0]?.timestampMs).toBe(receivedAtMs);
    expect(await counted()).toContain('heartbeat_clock_skew_total{profile="native"} 1');
  });

  it('counts heartbeats with an old timestamp', async () => {
    const { ingest, clock, counted } = createFixture();
    const old = heartbeat('c1', { timestamp: clock.now() - 300_001 });
    const young = heartbeat('c2', { timestamp: clock.now() - 300_000 });
    await ingest.acceptBody(bodyOf([old, young]));
    expect(await counted()).toContain('heartbeat_old_timestamps_total{profile="native"} 1');
  });

  it('keeps nanoseconds to the millisecond', async () => {
    const { ingest, stored } = createFixture();
    const body = '{"name":"a","version":"1","instance":"c1","timestamp":1735150800123999999}';
    await ingest.acceptBody(Buffer.from(body));
    expect(stored[0]?.timestampMs).toBe(1_735_150_800_123);
  });

  it('takes no number for a name, however long', async () => {
    const { ingest, stored } = createFixture();
    const body = '{"name":99999999999999999999,"version":"1","instance":"c1"}';
    const answer = await ingest.acceptBody(Buffer.from(body));
    expect(answer).toMatchObject({ problem: { rejected: [{ errors: [{ path: '$.name' }] }] } });
    expect(stored).toEqual([]);
  });

  it('returns why a body cannot be read', async () => {
    const { ingest, counted } = createFixture();
    expect(await ingest.acceptBody(Buffer.from('{"name"'))).toMatchObject({
      problem: { code: 'malformed-body', detail: expect.stringContaining('not JSON') },
    });
    expect(await counted()).toEqual([
      'heartbeat_rejected_total{profile="native",reason="malformed"} 1',
    ]);
  });

  it.each([
    ['full', { kind: 'full' }, 'outbox-full', 'store-full'],
    [
      'broken',
      { kind: 'unavailable', failure: { reason: 'io', detail: 'disk I/O error' } },
      'store-unavailable',
      'store-unavailable',
    ],
  ] as const)('returns when to retry if the store is %s', async (_, answer, code, reason) => {
    const { ingest, counted, clock } = createFixture({ answer });
    const skewed = heartbeat('c2', { timestamp: clock.now() + 1e9 });
    const problem = { kind: 'problem', problem: { code, retryAfterSeconds: 5 } };
    expect(await ingest.acceptBody(bodyOf([heartbeat('c1'), skewed, 0]))).toMatchObject(problem);
    expect(await ingest.acceptOne('ge', heartbeat('c1'))).toMatchObject(problem);
    // What was not stored was not stored with another time either.
    expect(await counted()).toEqual(
      [
        'heartbeat_received_total{profile="ge"} 1',
        'heartbeat_received_total{profile="native"} 3',
        'heartbeat_rejected_total{profile="native",reason="invalid"} 1',
        `heartbeat_rejected_total{profile="ge",reason="${reason}"} 1`,
        `heartbeat_rejected_total{profile="native",reason="${reason}"} 2`,
      ].sort(),
    );
  });

  it('counts the heartbeats of another protocol as its own', async () => {
    const { ingest, counted, clock } = createFixture();
    const skewed = heartbeat('c1', { timestamp: String(clock.now() + 1e9) });
    expect(await ingest.acceptOne('ge', skewed)).toMatchObject({ accepted: 1 });
    expect(await ingest.acceptOne('ge', { name: 'a' })).toMatchObject({ kind: 'problem' });
    expect(await counted()).toEqual([
      'heartbeat_accepted_total{profile="ge"} 1',
      'heartbeat_clock_skew_total{profile="ge"} 1',
      'heartbeat_received_total{profile="ge"} 2',
      'heartbeat_rejected_total{profile="ge",reason="invalid"} 1',
    ]);
  });

  it('counts what was refused before it came here', async () => {
    const { ingest, counted } = createFixture();
    const codes = [
      'malformed-body',
      'body-too-large',
      'unsupported-encoding',
      'method-not-allowed',
      'stopping',
      'internal-error',
    ] as const;
    for (const code of codes) ingest.noteRefusal('ge', code);
    expect(await counted()).toEqual(
      ['malformed', 'too-large', 'bad-encoding', 'wrong-method', 'draining']
        .map((reason) => `heartbeat_rejected_total{profile="ge",reason="${reason}"} 1`)
        .sort(),
    );
  });
});
