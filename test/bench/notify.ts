import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createHistogram, type Histogram } from './histogram.ts';
import type { LoadResult } from './load-plan.ts';
import { closed, requestsPerSecond } from './measure.ts';
import { median } from './median.ts';
import type { BenchOptions } from './options.ts';
import { cpuSeconds } from './process-stats.ts';
import { progress } from './progress.ts';
import { atLeast, type Section, withTimeout } from './report.ts';
import { runLoad } from './run-load.ts';
import { type ServerKind, startServer } from './server.ts';

const eventsPerMinute = 10_000;
const everyMs = 100;
const shortestSeconds = 15;
/** From the last event on, for what is still under way. */
const patienceMs = 10_000;

/** How soon three notifiers are told, one of which never answers, and what that costs the emitters. */
export async function notify(options: BenchOptions): Promise<Section> {
  progress('events that nobody is told of');
  const idle = await tell(options, []);
  progress('events to three notifiers, one of them dead');
  const rig = await startRig();
  const told = await tell(options, rig.notifiers, rig.wells).finally(rig.stop);
  const ratios: { quiet: number; telling: number }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`ingest beside notifiers, round ${round + 1} of ${options.rounds}`);
    ratios.push(await ingest(options, round));
  }
  const quiet = median(ratios.map((one) => one.quiet));
  const lost = median(ratios.map((one) => 100 * (one.quiet - one.telling)));
  const slowest = Math.max(...rig.wells.map(({ maxMs }) => maxMs));
  const fewest = Math.min(...rig.wells.map(({ count }) => count));
  const core = told.cpuSeconds / told.seconds - idle.cpuSeconds / idle.seconds;
  return {
    name: 'notify',
    title: 'Telling three notifiers, one of them dead',
    rows: rig.wells.map((well, index) => ({
      notifier: `well ${index + 1}`,
      events: well.count,
      'p50 ms': well.quantile(0.5),
      'p99 ms': well.quantile(0.99),
      'max ms': well.maxMs,
    })),
    targets: [
      atLeast('events a minute', (told.events / told.seconds) * 60, eventsPerMinute * 0.95),
      atLeast('events that both were told, of all', fewest / told.events, 1),
      withTimeout('from event to notifier, at most, ms', slowest, 2_000),
      withTimeout('ingest × bare: points lost by telling', lost, 3),
    ],
    notes: [
      `The event is the first heartbeat of an instance, ${everyMs} ms of them in a request; the time is from its receipt to its arrival, signed, at a webhook. The dead notifier takes connections and never answers.`,
      `Telling took ${(100 * core).toFixed(1)} % of a core, ${((1e6 * core * told.seconds) / (2 * told.events)).toFixed(0)} µs a message, both threads, as CPU time.`,
      `Ingest: 64 connections, one heartbeat a request, beside such events: ${quiet.toFixed(2)} of the bare server without notifiers; without and with, round by round: ${ratios.map((r) => `${r.quiet.toFixed(2)}/${r.telling.toFixed(2)}`).join(', ')}.`,
    ],
  };
}

type Told = { events: number; seconds: number; cpuSeconds: number };

/** Makes events until the time is up, and waits for those who are well. */
async function tell(
  { serverCore: core, folder: parent, profileTo, seconds }: BenchOptions,
  notifiers: readonly object[],
  wells: readonly Histogram[] = [],
): Promise<Told> {
  const env = { ...settingsOf(notifiers), HEARTBEAT_STOP_DRAIN_SECONDS: '0' };
  const server = await startServer('ours', { core, parent, env, profileTo });
  try {
    const before = cpuSeconds(server.child.pid);
    const source = startEvents(server.port);
    await delay(Math.max(seconds, shortestSeconds) * 1_000);
    const made = await source.stop();
    const end = performance.now() + patienceMs;
    while (wells.some(({ count }) => count < made.events) && performance.now() < end) {
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

/** Heartbeats a second beside events, in relation to a bare server; in either order. */
async function ingest(options: BenchOptions, round: number) {
  const rig = await startRig();
  const speed = async (kind: ServerKind, notifiers: readonly object[] = []) =>
    requestsPerSecond(await load(kind, options, settingsOf(notifiers)));
  try {
    const bare = await speed('bare');
    const first = await speed('ours', round % 2 === 0 ? [] : rig.notifiers);
    const second = await speed('ours', round % 2 === 0 ? rig.notifiers : []);
    const [quiet, telling] = round % 2 === 0 ? [first, second] : [second, first];
    return { quiet: quiet / bare, telling: telling / bare };
  } finally {
    rig.stop();
  }
}

async function load(
  kind: ServerKind,
  { serverCore: core, loadCore, folder: parent, seconds }: BenchOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<LoadResult> {
  const server = await startServer(kind, { core, parent, env });
  const source = kind === 'ours' ? startEvents(server.port) : undefined;
  try {
    return await runLoad({ ...closed(64, 1, seconds), form: 'full' }, server, loadCore);
  } finally {
    await source?.stop();
    await server.stop({ signal: 'SIGKILL' });
  }
}

/** Two receivers that are well and one that is not, and the settings that lead to all of them. */
async function startRig() {
  const wells = [createHistogram(), createHistogram()];
  const servers = [
    ...wells.map((well) =>
      createServer(async (request, response) => {
        const arrivedMs = Date.now();
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        const { time } = JSON.parse(Buffer.concat(chunks).toString());
        well.record(arrivedMs - Date.parse(time));
        response.writeHead(204).end();
      }),
    ),
    createServer((request) => request.resume()),
  ];
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
    wells,
    notifiers,
    stop() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** New instances, so many a minute. */
function startEvents(port: number) {
  const startedMs = performance.now();
  let events = 0;
  let isOver = false;
  const run = async () => {
    for (let turn = 1; !isOver; turn++) {
      const due = Math.round((turn * everyMs * eventsPerMinute) / 60_000);
      const body = Array.from({ length: due - events }, (_, index) => ({
        ...{ name: 'Event', version: '1', instance: `i-${events + index}`, interval: 3_600 },
      }));
      events = due;
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (answer.status !== 202) throw new Error(`events: the answer is ${answer.status}`);
      await answer.arrayBuffer();
      await delay(Math.max(0, startedMs + turn * everyMs - performance.now()));
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
