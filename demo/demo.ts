import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { CloudEvent } from '../service/contract/cloud-event.ts';
import type { Arguments } from './arguments.ts';
import { describeEvent, describeNotification, EventLog } from './event-log.ts';
import { DemoFailure } from './failure.ts';
import { followEvents } from './follow-events.ts';
import { http } from './http.ts';
import { playIncidents } from './incidents.ts';
import { countHeartbeats, type HeartbeatCount, readTimestamps } from './monasca.ts';
import { createPrint } from './output.ts';
import { scenario } from './scenario.ts';
import { components, roles } from './senders/components.ts';
import { Senders } from './senders/senders.ts';
import { keyOf, SentHeartbeats } from './senders/sent-heartbeats.ts';
import { describeSnapshot, readSnapshot } from './snapshot.ts';
import type { Stack } from './stack/stack.ts';
import type { Found, Outcome } from './verdict.ts';
import { waitUntil } from './wait.ts';

const tableEveryMs = 4_000;
const drainWithinMs = 30_000;
const arriveWithinMs = 5_000;
/** Longest delay of a timer in Node, three weeks. */
const maxDelayMs = 2 ** 31 - 1;

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
): Promise<Outcome> {
  const { serviceUrl, died } = stack;
  const startedAtMs = Date.now();
  const print = createPrint(output);
  const [sent, events] = [new SentHeartbeats(), new EventLog()];
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
  const onProblem = (reason: string) => print('problem', reason);
  void followEvents(serviceUrl, startedAtMs, onEvent, onProblem, finished.signal);
  if (hasIncidents) await silenceReplaced(serviceUrl);
  const senders = new Senders({ serviceUrl, sent, onProblem });
  senders.startAll(components);
  const incidents = playIncidents(hasIncidents ? scenario(forSeconds) : [], {
    ...{ senders, events, outages, print, signal },
    controlUrl: `${new URL(stack.keystoneUrl).origin}/mock`,
    outboxSize: () => outboxSize(serviceUrl),
  });
  void printTables(output, stack, sent, startedAtMs, signal);

  const finish = async (): Promise<Outcome> => {
    await incidents;
    print('demo', 'Every instance stops on purpose');
    await senders.stopAll();
    print('demo', 'Waiting until all heartbeats and notifications are delivered');
    const isDrained = await areDelivered(serviceUrl, sent, events);
    return {
      ...{ isDrained, outages, sent: sent.all(), found: await findInMonasca(stack, sent) },
      deadLetters: (await readSnapshot(serviceUrl)).deadLetters,
      ...{ events: events.counts(), notifications: events.notifications() },
    };
  };
  try {
    const durationMs = Math.min(forSeconds * 1_000, maxDelayMs);
    await Promise.race([delay(durationMs, undefined, { signal }).catch(() => {}), died]);
    over.abort();
    return await Promise.race([finish(), died]);
  } finally {
    over.abort();
    finished.abort();
    void senders.stopAll();
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
  await http.post(`${serviceUrl}/api/v1/silences`, { json }).catch((error: unknown) => {
    throw new DemoFailure(`The service has not created the silence: ${String(error)}`);
  });
}

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
    const table = describeSnapshot(snapshot, sent.all(), counts, stack.monitor.secondsAgo());
    output.write(`\n${table}\n\n`);
  }
}

/** Waits for everything that is still under way; false if the outbox does not become empty. */
async function areDelivered(serviceUrl: string, sent: SentHeartbeats, events: EventLog) {
  const isEmpty = () => outboxSize(serviceUrl).then((size) => size === 0);
  const isDrained = await waitUntil(() => isEmpty().catch(() => false), drainWithinMs);
  const stopped = sent.all().filter(({ hasStopped }) => hasStopped);
  const areReported = () => stopped.every(({ instance }) => events.count('retired', instance) > 0);
  await waitUntil(areReported, arriveWithinMs);
  await waitUntil(() => events.notifications().missing === 0, arriveWithinMs);
  return isDrained;
}

async function findInMonasca(stack: Stack, sent: SentHeartbeats): Promise<Found> {
  const found = new Map<string, ReadonlySet<number>>();
  try {
    for (const series of sent.all()) {
      const firstMs = Math.min(...series.accepted.union(series.unanswered));
      found.set(keyOf(series), await readTimestamps(stack, series, firstMs));
    }
    return found;
  } catch (error) {
    throw new DemoFailure(`The heartbeats in Monasca cannot be read: ${String(error)}`);
  }
}
