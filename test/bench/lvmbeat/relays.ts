import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from '../load/latencies.ts';
import type { BenchOptions } from '../options.ts';
import { startServer } from '../servers/server.ts';

const relays = 20;
const pauseMs = 1_500;
const withinSeconds = 3;
const besidePerSecond = 1_000;

/** Latency of emissions, and the time from a stale source to the closed gate. */
export async function measureRelays({ serverCore: core, folder: parent, seconds }: BenchOptions) {
  const received = new Map<string, (atMs: number) => void>();
  const target = http.createServer((request, response) => {
    received.get(request.url ?? '')?.(performance.now());
    response.writeHead(204).end();
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const configured = Array.from({ length: relays }, (_, index) => ({
    ...{ name: `relay-${index}`, mode: 'on-arrival', cutoff: 1 },
    sources: [{ name: `source-${index}`, within: withinSeconds }],
    target: { type: 'http', method: 'GET', url: `${url}/${index}` },
  }));
  const server = await startServer('ours', {
    core,
    parent,
    env: { HEARTBEAT_RELAYS: JSON.stringify(configured) },
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const end = new AbortController();
  let beside = 0;
  const post = (name: string, instance: string) => send(server.port, agent, name, instance);
  const load = (async () => {
    const begunMs = performance.now();
    while (!end.signal.aborted) {
      const due = ((performance.now() - begunMs) / 1_000) * besidePerSecond;
      for (; beside < due; beside++) void post('other', String(beside % 1_000));
      await delay(5);
    }
    return beside / ((performance.now() - begunMs) / 1_000);
  })();

  try {
    const latencies = new Latencies();
    await Promise.all(
      configured.map((_, index) => measureOne(index, seconds, { received, latencies, post })),
    );
    const closeMs = await measureClose(server.port, post);
    end.abort();
    return {
      emissions: latencies.count,
      p50Ms: latencies.percentileMs(50),
      p99Ms: latencies.percentileMs(99),
      maxMs: latencies.maxMs,
      closeMs,
      besidePerSecond: await load,
    };
  } finally {
    end.abort();
    agent.destroy();
    await server.stop();
    target.close();
    target.closeAllConnections();
  }
}

type Post = (name: string, instance: string) => Promise<void>;

/** Sends the heartbeats of one source, at least ten, each when the relay may emit again. */
async function measureOne(
  index: number,
  seconds: number,
  parts: { received: Map<string, (atMs: number) => void>; latencies: Latencies; post: Post },
): Promise<void> {
  const { received, latencies, post } = parts;
  await delay((pauseMs / relays) * index);
  for (let n = 0; n < Math.max(10, seconds); n++) {
    const { promise, resolve } = Promise.withResolvers<number>();
    received.set(`/${index}`, resolve);
    const sentMs = performance.now();
    void post(`source-${index}`, 'a');
    const atMs = await Promise.race([promise, delay(pauseMs, Number.NaN)]);
    if (!Number.isNaN(atMs)) latencies.record(atMs - sentMs);
    await delay(Math.max(0, sentMs + pauseMs - performance.now()));
  }
}

/** Milliseconds from the time of a source to the closed gate. */
async function measureClose(port: number, post: Post): Promise<number> {
  await post('source-0', 'a');
  const sentMs = performance.now();
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/relays`);
    const { relays: list } = JSON.parse(await response.text());
    if (list[0].state === 'closed') return performance.now() - sentMs - withinSeconds * 1_000;
    await delay(10);
  }
}

function send(port: number, agent: http.Agent, name: string, instance: string): Promise<void> {
  const body = JSON.stringify({ name, version: '1', instance });
  return new Promise((resolve) => {
    const request = http.request(
      {
        ...{ port, agent, host: '127.0.0.1', method: 'POST', path: '/api/v1/heartbeats' },
        headers: { 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        response.resume().once('end', resolve);
      },
    );
    request.once('error', () => resolve());
    request.end(body);
  });
}
