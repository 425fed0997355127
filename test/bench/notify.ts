import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from './load/latencies.ts';
import type { LoadResult } from './load/load-plan.ts';
import { runLoad } from './load/run-load.ts';
import { cpuSeconds } from './machine/process-stats.ts';
import { closedPlan, requestsPerSecond } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { median } from './report/median.ts';
import { progress } from './report/progress.ts';
import { atLeast, atMost, type Section } from './report/report.ts';
import { postHeartbeats } from './servers/post-heartbeats.ts';
import { type ServerKind, startServer } from './servers/server.ts';

const eventsPerMinute = 10_000;
const periodMs = 100;
const shortestSeconds = 15;
/** Time after the last event in which notifications may still arrive. */
const arrivalTimeoutMs = 10_000;

/** Delay of notifications to three notifiers, one of which hangs, and their cost to ingest. */
export async function notify(options: BenchOptions): Promise<Section> {
  progress('events without notifiers');
  const baseline = await deliverEvents(options, []);
  progress('events to three notifiers, one of which hangs');
  const receivers = await startReceivers();
  const delivered = await deliverEvents(options, receivers.notifiers, receivers.delays).finally(
    receivers.stop,
  );
  const ratios: IngestRatios[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`ingest beside notifiers, round ${round + 1} of ${options.rounds}`);
    ratios.push(await ingestRatios(options, round));
  }
  const plain = median(ratios.map((one) => one.plain));
  const lost = median(ratios.map((one) => 100 * (one.plain - one.notifying)));
  const slowestMs = Math.max(...receivers.delays.map(({ maxMs }) => maxMs));
  const fewest = Math.min(...receivers.delays.map(({ count }) => count));
  const cores = coresOf(delivered) - coresOf(baseline);
  return {
    name: 'notify',
    title: 'Notifications to three notifiers, one of which hangs',
    rows: receivers.delays.map((delays, index) => ({
      notifier: `n${index}`,
      events: delays.count,
      'p50 ms': delays.percentileMs(50),
      'p99 ms': delays.percentileMs(99),
      'max ms': delays.maxMs,
    })),
    targets: [
      atLeast(
        'events a minute',
        (delivered.events / delivered.seconds) * 60,
        eventsPerMinute * 0.95,
      ),
      atLeast('share of events that reached both', fewest / delivered.events, 1),
      atMost('from event to notifier, at most, ms', slowestMs, 2_000),
      atMost('ingest × bare: points lost to notifications', lost, 3),
    ],
    notes: [
      `Each event is the first heartbeat of an instance; a request has all of ${periodMs} ms. The time is from receipt of the heartbeat to arrival of the signed notification at a webhook. The hanging notifier accepts connections and never responds.`,
      `Notifications used ${(100 * cores).toFixed(1)} % of a core, ${((1e6 * cores * delivered.seconds) / (2 * delivered.events)).toFixed(0)} µs of CPU time each, both threads together.`,
      `Ingest: 64 connections, one heartbeat a request, beside such events: ${plain.toFixed(2)} of the bare server without notifiers. Without and with notifiers, by round: ${ratios.map((r) => `${r.plain.toFixed(2)}/${r.notifying.toFixed(2)}`).join(', ')}.`,
    ],
  };
}

type Delivery = { events: number; seconds: number; cpuSeconds: number };

const coresOf = ({ cpuSeconds, seconds }: Delivery): number => cpuSeconds / seconds;

/** Makes events for the measured time, then waits for the notifications. */
async function deliverEvents(
  { serverCore: core, folder: parent, profileTo, seconds }: BenchOptions,
  notifiers: readonly object[],
  delays: readonly Latencies[] = [],
): Promise<Delivery> {
  const env = { ...settingsOf(notifiers), HEARTBEAT_STOP_DRAIN_SECONDS: '0' };
  const server = await startServer('ours', { core, parent, env, profileTo });
  try {
    const before = cpuSeconds(server.child.pid);
    const source = startEvents(server.port);
    await delay(Math.max(seconds, shortestSeconds) * 1_000);
    const made = await source.stop();
    const timeoutAtMs = performance.now() + arrivalTimeoutMs;
    while (delays.some(({ count }) => count < made.events) && performance.now() < timeoutAtMs) {
      await delay(50);
    }
    return { ...made, cpuSeconds: cpuSeconds(server.child.pid) - before };
  } finally {
    await server.stop();
  }
}

const settingsOf = (notifiers: readonly object[]) => ({
  HEARTBEAT_NOTIFIERS: JSON.stringify(notifiers),
});

/** Throughput beside events, as a ratio to the bare server, without and with notifiers. */
type IngestRatios = { readonly plain: number; readonly notifying: number };

async function ingestRatios(options: BenchOptions, round: number): Promise<IngestRatios> {
  const receivers = await startReceivers();
  const throughput = async (kind: ServerKind, notifiers: readonly object[] = []) =>
    requestsPerSecond(await ingest(kind, options, settingsOf(notifiers)));
  try {
    const bare = await throughput('bare');
    const first = await throughput('ours', round % 2 === 0 ? [] : receivers.notifiers);
    const second = await throughput('ours', round % 2 === 0 ? receivers.notifiers : []);
    const [plain, notifying] = round % 2 === 0 ? [first, second] : [second, first];
    return { plain: plain / bare, notifying: notifying / bare };
  } finally {
    receivers.stop();
  }
}

async function ingest(
  kind: ServerKind,
  { serverCore: core, loadCore, folder: parent, seconds }: BenchOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<LoadResult> {
  const server = await startServer(kind, { core, parent, env });
  const source = kind === 'ours' ? startEvents(server.port) : undefined;
  try {
    return await runLoad({ ...closedPlan(64, 1, seconds), format: 'full' }, server, loadCore);
  } finally {
    await source?.stop();
    await server.stop({ signal: 'SIGKILL' });
  }
}

/** Starts two receivers that respond and one that hangs; returns the notifiers to configure. */
async function startReceivers() {
  const delays = [new Latencies(), new Latencies()];
  const servers = [...delays.map(respondingReceiver), createServer((request) => request.resume())];
  const urls: string[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    urls.push(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  }
  const secrets = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`];
  const notifiers = urls.map((url, index) => ({
    ...{ name: `n${index}`, type: 'webhook', url, allowPrivate: true, secrets },
    match: [{ name: 'Event' }],
  }));
  return {
    delays,
    notifiers,
    stop() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** A webhook that records the age of each event. */
function respondingReceiver(delays: Latencies) {
  return createServer(async (request, response) => {
    const receivedAtMs = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { time } = JSON.parse(Buffer.concat(chunks).toString());
    delays.record(receivedAtMs - Date.parse(time));
    response.writeHead(204).end();
  });
}

/** Starts new instances at a constant rate. */
function startEvents(port: number) {
  const startedMs = performance.now();
  let events = 0;
  let isOver = false;
  const run = async () => {
    for (let period = 1; !isOver; period++) {
      const due = Math.round((period * periodMs * eventsPerMinute) / 60_000);
      const heartbeats = Array.from({ length: due - events }, (_, index) => ({
        ...{ name: 'Event', version: '1', instance: `i-${events + index}`, interval: 3_600 },
      }));
      events = due;
      await postHeartbeats(port, heartbeats);
      await delay(Math.max(0, startedMs + period * periodMs - performance.now()));
    }
  };
  const running = run();
  return {
    async stop() {
      isOver = true;
      await running;
      return { events, seconds: (performance.now() - startedMs) / 1_000 };
    },
  };
}
