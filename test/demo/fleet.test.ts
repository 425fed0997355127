import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Beat } from '../../demo/fleet/beat.ts';
import type { Component } from '../../demo/fleet/components.ts';
import { startFleet } from '../../demo/fleet/fleet.ts';
import { post, requestOf } from '../../demo/fleet/post.ts';
import { createTally } from '../../demo/fleet/tally.ts';

const beat = (instance: string, timestampMs: number, isGoodbye = false): Beat => ({
  series: { name: 'Orion', version: '1.0', instance },
  timestampMs,
  intervalSeconds: 2,
  isGoodbye,
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
  ] as const)('speaks as %s', (protocol, path, expected, body) => {
    expect(requestOf(protocol, [beat('a', 5)])).toEqual({ path, expected, body });
  });

  it('says goodbye where the protocol has one', () => {
    const goodbye = [beat('a', 5, true)];
    expect(requestOf('single', goodbye).body).toMatchObject({ status: 'stopping' });
    expect(requestOf('beat', goodbye).body).not.toHaveProperty('status');
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A service that gives this answer to everything, and remembers what came in. */
async function answering(status: number, answer: (body: string) => string) {
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
  const beats = [beat('a', 1), beat('b', 2)];

  it('takes from an answer which heartbeats were accepted', async () => {
    const { url } = await answering(202, () => '{"accepted":1,"rejected":[{"index":0}]}');
    expect(await post(url, 'batch', beats)).toEqual({ kind: 'accepted', beats: [beat('b', 2)] });
  });

  it('tells a refusal from silence', async () => {
    const refusing = await answering(503, () => 'full');
    expect(await post(refusing.url, 'batch', beats)).toEqual({
      kind: 'refused',
      detail: '503 full',
    });
    server?.close();
    const silent = await answering(0, () => '');
    expect(await post(silent.url, 'beat', beats)).toMatchObject({ kind: 'unanswered' });
  });
});

describe('createTally', () => {
  it('keeps what was accepted, refused and left open apart', () => {
    const tally = createTally();
    const [first, second, third] = [beat('a', 1), beat('a', 2), beat('a', 3, true)];
    tally.enter(first.series, 2);
    tally.note([first], { kind: 'accepted', beats: [first] }, 100);
    tally.note([second], { kind: 'refused', detail: '503' }, 200);
    tally.note([third], { kind: 'unanswered', detail: 'timeout' }, 300);
    expect([...tally.accounts()]).toEqual([
      {
        series: first.series,
        intervalSeconds: 2,
        accepted: new Set([1]),
        unanswered: new Set([3]),
        lastAcceptedAtMs: 100,
        hasSaidGoodbye: false,
      },
    ]);
    expect([tally.accepted, tally.refused]).toEqual([1, 1]);
    tally.note([third], { kind: 'accepted', beats: [third] }, 400);
    expect([...tally.accounts()][0]).toMatchObject({ hasSaidGoodbye: true });
  });
});

describe('startFleet', () => {
  const deployment: Component[] = [
    { name: 'A', version: '1', instances: 2, intervalSeconds: 0.02, protocol: 'single' },
    { name: 'B', version: '1', instances: 2, intervalSeconds: 0.02, protocol: 'batch' },
    { name: 'C', version: '1', instances: 1, intervalSeconds: 0.02, protocol: 'beat' },
  ];

  it('beats until it is stopped and ends with goodbyes', async () => {
    const { url, bodies } = await answering(202, () => '{"accepted":1,"rejected":[]}');
    const tally = createTally();
    const troubles: unknown[] = [];
    const onTrouble = (trouble: unknown) => void troubles.push(trouble);
    const fleet = startFleet(deployment, { serviceUrl: url, tally, onTrouble });
    while ([...tally.accounts()].slice(0, 4).some(({ accepted }) => accepted.size < 3)) {
      await delay(5);
    }
    await fleet.stop();
    const sent = bodies.length;
    await delay(60);
    expect(bodies).toHaveLength(sent);

    const accounts = [...tally.accounts()];
    expect(accounts.map(({ series }) => series.name)).toEqual(['A', 'A', 'B', 'B', 'C']);
    expect(new Set(accounts.map(({ series }) => series.instance)).size).toBe(5);
    expect(accounts.map(({ hasSaidGoodbye }) => hasSaidGoodbye)).toEqual([
      ...[true, true, true, true],
      // 202 is no answer of /beat, so nothing of it counts.
      false,
    ]);
    expect(accounts[4]?.accepted.size).toBe(0);
    expect(troubles.length).toBe(tally.refused);
    // No timestamp twice: a set that is as large as what was accepted.
    const kept = accounts.reduce((sum, { accepted }) => sum + accepted.size, 0);
    expect(kept).toBe(tally.accepted);
  });

  it('ends the one that has run for the longest, with a goodbye or without, and starts anew', async () => {
    const { url, bodies } = await answering(202, () => '{"accepted":1,"rejected":[]}');
    const tally = createTally();
    const [a] = deployment.slice(0, 1);
    if (!a) throw new Error('no component');
    const fleet = startFleet([a], { serviceUrl: url, tally, onTrouble() {} });
    const accounts = () => [...tally.accounts()];
    const beaten = async (count: number) => {
      while (accounts().some(({ accepted }) => accepted.size < count)) await delay(5);
    };
    await beaten(1);
    const [killed = ''] = await fleet.kill(a);
    const [dismissed = ''] = await fleet.dismiss(a);
    expect(await fleet.kill(a)).toEqual([]);
    expect(accounts().map(({ series }) => series.instance)).toEqual([killed, dismissed]);
    expect(accounts().map(({ hasSaidGoodbye }) => hasSaidGoodbye)).toEqual([false, true]);

    const before = accounts()[0]?.accepted.size ?? 0;
    fleet.start(a, [killed]);
    const [fresh = ''] = fleet.start(a);
    await beaten(before + 1);
    expect(accounts().map(({ series }) => series.instance)).toEqual([killed, dismissed, fresh]);
    await fleet.stop();
    const goodbyes = bodies.filter((body) => body.includes('stopping'));
    expect(goodbyes).toHaveLength(3);
  });
});
