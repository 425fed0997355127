import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { CloudEvent } from '../service/contract/cloud-event.ts';
import type { Arguments } from './arguments.ts';
import { describeEvent, describeNotification, PrintedEvents } from './event-log.ts';
import { followEvents } from './follow-events.ts';
import { http } from './http.ts';
import { playIncidents } from './incidents.ts';
import { countHeartbeats, type HeartbeatCount, readTimestamps } from './monasca.ts';
import { createPrint } from './output.ts';
import { scenario } from './scenario.ts';
import { components, roles } from './senders/components.ts';
import { createSenders } from './senders/senders.ts';
import { SentHeartbeats } from './senders/sent-heartbeats.ts';
import { describeSnapshot, readSnapshot } from './snapshot.ts';
import type { Stack } from './stack/stack.ts';
import type { ComparedSeries, DemoOutcome } from './verdict.ts';
import { waitUntil } from './wait.ts';

const tableEveryMs = 4_000;
const drainWithinMs = 30_000;
const arriveWithinMs = 5_000;

/**
 * Runs the demo on a started stack until its time is over or `end` aborts, then lets every instance
 * stop, waits for deliveries, and reads what has arrived.
 *
 *   incidents ──▶ senders ──▶ service ──▶ Monasca
 *                   │           ├──▶ event stream ──▶ event log
 *                   ▼           └──▶ receiver ──────────▲
 *             sent heartbeats
 */
export async function runDemo(
  { forSeconds, hasIncidents }: Arguments,
  stack: Stack,
  output: Writable,
  end: AbortSignal,
): Promise<DemoOutcome> {
  const { serviceUrl, died } = stack;
  const startedAtMs = Date.now();
  const print = createPrint(output);
  const [sent, events] = [new SentHeartbeats(), new PrintedEvents()];
  const outages: number[] = [];
  const [over, finished] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([over.signal, end]);

  stack.receiver.onLine((line) => {
    events.addNotification(line);
    print('notification', describeNotification(line));
  });
  const onEvent = (event: CloudEvent) => {
    events.addEvent(event);
    print(event.data.kind, describeEvent(event), Date.parse(event.time));
  };
  void followEvents(serviceUrl, startedAtMs, onEvent, print, finished.signal);
  if (hasIncidents) await silenceReplaced(serviceUrl);
  const senders = createSenders(serviceUrl, sent, print);
  senders.startAll(components);
  const incidents = playIncidents(hasIncidents ? scenario(forSeconds) : [], {
    ...{ senders, events, outages, print, signal },
    controlUrl: `${new URL(stack.keystoneUrl).origin}/mock`,
    outboxSize: () => outboxSize(serviceUrl),
  });
  void printTables(output, stack, sent, startedAtMs, signal);

  const finish = async (): Promise<DemoOutcome> => {
    await incidents;
    print('demo', 'Every instance stops on purpose');
    await senders.endAll('stop');
    print('demo', 'Waiting until all heartbeats and notifications are delivered');
    const isDrained = await areDelivered(serviceUrl, sent, events);
    return {
      ...{ isDrained, outages, events, series: await compareWithMonasca(stack, sent) },
      deadLetters: (await readSnapshot(serviceUrl)).deadLetters,
    };
  };
  try {
    // A timer of Node waits no longer than this, three weeks.
    const durationMs = Math.min(forSeconds * 1_000, 2 ** 31 - 1);
    await Promise.race([delay(durationMs, undefined, { signal }).catch(() => {}), died]);
    over.abort();
    return await Promise.race([finish(), died]);
  } finally {
    over.abort();
    finished.abort();
    void senders.endAll('crash');
  }
}

const outboxSize = async (serviceUrl: string) => (await readSnapshot(serviceUrl)).outbox;

/** Suppresses the notifications for the component whose instance is replaced. */
async function silenceReplaced(serviceUrl: string): Promise<void> {
  const { name, version } = roles.replaced;
  const json = {
    ...{ matchers: { name, version }, durationSeconds: 3_600, author: 'the demo' },
    reason: `${name} ${version} is being rolled out`,
  };
  await http.post(`${serviceUrl}/api/v1/silences`, { json });
}

/** Prints a table every few seconds. */
async function printTables(
  output: Writable,
  stack: Stack,
  sent: SentHeartbeats,
  startedAtMs: number,
  signal: AbortSignal,
): Promise<void> {
  let counts: HeartbeatCount[] = [];
  while (!signal.aborted) {
    await delay(tableEveryMs, undefined, { signal }).catch(() => {});
    // While Monasca is unavailable, the table has its last counts.
    counts = await countHeartbeats(stack, startedAtMs).catch(() => counts);
    const snapshot = await readSnapshot(stack.serviceUrl).catch(() => undefined);
    if (signal.aborted || !snapshot) continue;
    const { monitor, downstream } = stack;
    const secondsAgo = [monitor.secondsAgo(), downstream.secondsAgo()] as const;
    const table = describeSnapshot(snapshot, sent.all(), counts, ...secondsAgo);
    output.write(`\n${table}\n\n`);
  }
}

/** Waits for everything that is still under way; false if the outbox does not become empty. */
async function areDelivered(serviceUrl: string, sent: SentHeartbeats, events: PrintedEvents) {
  const isEmpty = async () => (await outboxSize(serviceUrl).catch(() => undefined)) === 0;
  const isDrained = await waitUntil(isEmpty, drainWithinMs);
  const stopped = sent.all().filter(({ hasStopped }) => hasStopped);
  const areReported = () => stopped.every(({ instance }) => events.count('retired', instance) > 0);
  await waitUntil(areReported, arriveWithinMs);
  await waitUntil(() => events.notifications().missing === 0, arriveWithinMs);
  return isDrained;
}

const compareWithMonasca = (stack: Stack, sent: SentHeartbeats): Promise<ComparedSeries[]> =>
  Array.fromAsync(sent.all(), async (series) => {
    const firstMs = Math.min(...series.accepted.union(series.unanswered));
    return { ...series, found: await readTimestamps(stack, series, firstMs) };
  });
