import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DemoComponent } from '../../demo/senders/components.ts';
import { post, requestOf } from '../../demo/senders/post.ts';
import { createSenders } from '../../demo/senders/senders.ts';
import { type SentHeartbeat, SentHeartbeats } from '../../demo/senders/sent-heartbeats.ts';
import { until } from '../support/until.ts';

const heartbeat = (instance: string, timestampMs: number, isStopping = false): SentHeartbeat => ({
  ...{ name: 'Orion', version: '1.0', instance },
  ...{ timestampMs, intervalSeconds: 2, isStopping },
});

describe('requestOf', () => {
  const native = { name: 'Orion', version: '1.0', interval: 2 };

  it.each([
    ['single', '/api/v1/heartbeats', 202, { ...native, instance: 'a', timestamp: 5 }],
    ['batch', '/api/v1/heartbeats', 202, [{ ...native, instance: 'a', timestamp: 5 }]],
    [
      'beat',
      '/beat',
      200,
      { ID: 'a', Enabler_ID: 'Orion', Enabler_Version: '1.0', Timestamp: '5' },
    ],
  ] as const)('makes a request of the protocol %s', (protocol, path, acceptedStatus, json) => {
    expect(requestOf(protocol, [heartbeat('a', 5)])).toEqual({ path, acceptedStatus, json });
  });

  it('announces that an instance stops if the protocol can', () => {
    const last = [heartbeat('a', 5, true)];
    expect(requestOf('single', last).json).toMatchObject({ status: 'stopping' });
    expect(requestOf('beat', last).json).not.toHaveProperty('status');
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A service that returns the same to every request, and keeps the bodies. */
async function serviceThatReturns(status: number, answer: (body: string) => string) {
  const bodies: string[] = [];
  const started = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    if (status === 0) response.destroy();
    else response.writeHead(status).end(answer(body));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, bodies };
}

describe('post', () => {
  const heartbeats = [heartbeat('a', 1), heartbeat('b', 2)];

  it('reads from the response which heartbeats were accepted', async () => {
    const { url } = await serviceThatReturns(202, () => '{"accepted":1,"rejected":[{"index":0}]}');
    expect(await post(url, 'batch', heartbeats)).toEqual({
      kind: 'accepted',
      heartbeats: [heartbeat('b', 2)],
    });
  });

  it('distinguishes a rejection from a missing response', async () => {
    const rejecting = await serviceThatReturns(503, () => 'full');
    expect(await post(rejecting.url, 'batch', heartbeats)).toEqual({
      kind: 'rejected',
      detail: '503 full',
    });
    server?.close();
    const silent = await serviceThatReturns(0, () => '');
    expect(await post(silent.url, 'beat', heartbeats)).toMatchObject({ kind: 'unanswered' });
  });
});

describe('SentHeartbeats', () => {
  it('distinguishes what was accepted, rejected and left without a response', () => {
    const sent = new SentHeartbeats();
    const [first, second, third] = [heartbeat('a', 1), heartbeat('a', 2), heartbeat('a', 3, true)];
    sent.record([first], { kind: 'accepted', heartbeats: [first] });
    sent.record([second], { kind: 'rejected', detail: '503' });
    sent.record([third], { kind: 'unanswered', detail: 'timeout' });
    expect(sent.all()).toEqual([
      {
        ...{ name: 'Orion', version: '1.0', instance: 'a' },
        accepted: new Set([1]),
        unanswered: new Set([3]),
        hasStopped: false,
      },
    ]);
    sent.record([third], { kind: 'accepted', heartbeats: [third] });
    expect(sent.all()[0]).toMatchObject({ hasStopped: true });
  });
});

describe('createSenders', () => {
  const components: DemoComponent[] = [
    { name: 'A', version: '1', instances: 2, intervalSeconds: 0.02, protocol: 'single' },
    { name: 'B', version: '1', instances: 2, intervalSeconds: 0.02, protocol: 'batch' },
    { name: 'C', version: '1', instances: 1, intervalSeconds: 0.02, protocol: 'beat' },
  ];

  it('sends until it is stopped, and announces that its instances stop', async () => {
    const { url, bodies } = await serviceThatReturns(202, () => '{"accepted":1,"rejected":[]}');
    const sent = new SentHeartbeats();
    const problems: string[] = [];
    const senders = createSenders(url, sent, (_, problem) => void problems.push(problem));
    senders.startAll(components);
    while (sent.all().length < 4 || sent.all().some(({ accepted }) => accepted.size < 3)) {
      await delay(5);
    }
    await senders.endAll('stop');
    const requests = bodies.length;
    await delay(60);
    expect(bodies).toHaveLength(requests);

    const all = sent.all();
    expect(all.map(({ name }) => name).sort()).toEqual(['A', 'A', 'B', 'B']);
    expect(new Set(all.map(({ instance }) => instance)).size).toBe(4);
    expect(all.every(({ hasStopped }) => hasStopped)).toBe(true);
    // 202 is not the status of /beat, so no heartbeat of C counts as accepted.
    const rejected = bodies.filter((body) => body.includes('Enabler_ID'));
    expect(problems).toHaveLength(rejected.length);
    // No timestamp twice: each set is as large as the number of accepted heartbeats.
    const inBodies = bodies.flatMap((body) => JSON.parse(body)).filter(({ name }) => name);
    const inSets = all.reduce((sum, { accepted }) => sum + accepted.size, 0);
    expect(inSets).toBe(inBodies.length);
  });

  it('ends the oldest sender, with a last heartbeat or without, and starts it again', async () => {
    const { url, bodies } = await serviceThatReturns(202, () => '{"accepted":1,"rejected":[]}');
    const sent = new SentHeartbeats();
    const [a] = components.slice(0, 1);
    if (!a) throw new Error('no component');
    const senders = createSenders(url, sent, () => {});
    senders.startAll([a]);
    const of = (instance: string) => sent.all().find((series) => series.instance === instance);
    const untilSent = async (series: number, count: number) => {
      const isDone = () =>
        sent.all().length === series && sent.all().every(({ accepted }) => accepted.size >= count);
      await until(isDone);
    };
    await untilSent(2, 1);
    const [crashed = ''] = await senders.end(a, 'crash');
    const [stopped = ''] = await senders.end(a, 'stop');
    expect(await senders.end(a, 'crash')).toEqual([]);
    expect([of(crashed)?.hasStopped, of(stopped)?.hasStopped]).toEqual([false, true]);

    const before = of(crashed)?.accepted.size ?? 0;
    senders.start(a, [crashed]);
    const [fresh = ''] = senders.start(a);
    while ((of(crashed)?.accepted.size ?? 0) <= before || !of(fresh)) await delay(5);
    expect(new Set([crashed, stopped, fresh]).size).toBe(3);
    await senders.endAll('stop');
    expect(bodies.filter((body) => body.includes('stopping'))).toHaveLength(3);
  });
});
