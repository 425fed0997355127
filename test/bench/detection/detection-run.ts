import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { connect } from '../load/connection.ts';
import { Latencies } from '../load/latencies.ts';
import { cpuSeconds } from '../machine/process-stats.ts';
import { postHeartbeats } from '../servers/post-heartbeats.ts';

/**
 * A fleet in which some instances stop, and the delays of their events, as a process of its own:
 * `node detection-run.ts PLAN`. Prints a `DetectionRun` as JSON.
 *
 * A delay ends when a reader of the event stream has the event, which is on disk by then. It starts
 * at the deadline: the response to the last heartbeat of the instance plus the threshold.
 */
export const detectionPlan = z.object({
  port: z.number(),
  serverPid: z.number(),
  instances: z.number(),
  intervalSeconds: z.number(),
  /** Number of instances that stop. */
  stopping: z.number(),
});
export type DetectionPlan = z.infer<typeof detectionPlan>;

export type DetectionRun = {
  readonly heartbeatsPerSecond: number;
  /** CPU time of the service per second, as a share of one core. */
  readonly cores: number;
  readonly stopped: number;
  /** Milliseconds from the deadline to the reader, ascending. */
  readonly lateMs: readonly number[];
  readonly downMs: readonly number[];
  /** Number of events about instances that never stopped. */
  readonly falseEvents: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
};

const connections = 64;
const lateIntervals = 2;
const downIntervals = 4;

const plan = detectionPlan.parse(JSON.parse(process.argv[2] ?? ''));
const { port, instances, intervalSeconds, stopping, serverPid } = plan;
const base = `http://127.0.0.1:${port}`;

const identity = (n: number) => ({
  name: `component-${n % 200}`,
  version: '1.0',
  instance: `pod-${n}`,
});

const requests = Array.from({ length: instances }, (_, n) => {
  const body = JSON.stringify({ ...identity(n), interval: intervalSeconds });
  const head = `POST /api/v1/heartbeats HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body, 'latin1');
});

/** Resolves when the service has all instances and has reported each as `started`. */
async function startInstances(): Promise<void> {
  for (let first = 0; first < instances; first += 1_000) {
    await postHeartbeats(
      port,
      Array.from({ length: 1_000 }, (_, n) => identity(first + n)),
    );
  }
  const health = z.object({
    dependencies: z.object({ liveness: z.object({ waitingEvents: z.number() }) }),
  });
  for (;;) {
    const { dependencies } = health.parse(await (await fetch(`${base}/health`)).json());
    if (dependencies.liveness.waitingEvents === 0) return;
    await delay(250);
  }
}

const stopped = new Set<number>();
const respondedAtMs = new Float64Array(instances);
let responses = 0;
let latencies = new Latencies();

type Sender = { send(bytes: Buffer): void; instance: number; sentAtMs: number };

async function openSenders(): Promise<Sender[]> {
  const idle: Sender[] = [];
  for (let index = 0; index < connections; index++) {
    const connection = await connect(port, responded, fail);
    const sender: Sender = { send: connection.send, instance: -1, sentAtMs: 0 };
    function responded(): void {
      responses += 1;
      latencies.record(performance.now() - sender.sentAtMs);
      respondedAtMs[sender.instance] = Date.now();
      idle.push(sender);
    }
    idle.push(sender);
  }
  return idle;
}

/** Sends a heartbeat of each running instance once per interval, or as soon after as possible. */
async function sendHeartbeats(): Promise<void> {
  const idle = await openSenders();
  const startedMs = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - startedMs) / 1_000) * (instances / intervalSeconds);
    for (; sent < due && idle.length > 0; sent++) {
      const instance = sent % instances;
      const bytes = requests[instance];
      const sender = stopped.has(instance) ? undefined : idle.pop();
      if (!sender || !bytes) continue;
      sender.instance = instance;
      sender.sentAtMs = performance.now();
      sender.send(bytes);
    }
  }, 1);
}

function fail(error: Error): never {
  throw error;
}

type ReceivedEvent = {
  readonly kind: string;
  readonly instance: number;
  readonly receivedAtMs: number;
};
const events: ReceivedEvent[] = [];
const frame = z.object({ data: z.object({ kind: z.string(), instance: z.string() }) });

async function readEvents(): Promise<void> {
  const response = await fetch(`${base}/api/v1/events/stream?kind=late,down`);
  let rest = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const receivedAtMs = Date.now();
    const frames = (rest + part).split('\n\n');
    rest = frames.pop() ?? '';
    for (const text of frames) {
      const line = /^data: (.*)$/m.exec(text)?.[1];
      if (line === undefined) continue;
      const { kind, instance } = frame.parse(JSON.parse(line)).data;
      events.push({ kind, instance: Number(instance.slice('pod-'.length)), receivedAtMs });
    }
  }
}

function delaysMs(kind: string, intervals: number): number[] {
  const thresholdMs = intervals * intervalSeconds * 1_000;
  return events
    .filter((event) => event.kind === kind && stopped.has(event.instance))
    .map(({ instance, receivedAtMs }) => receivedAtMs - (respondedAtMs[instance] ?? 0))
    .map((sinceResponseMs) => sinceResponseMs - thresholdMs)
    .toSorted((a, b) => a - b);
}

await startInstances();
await sendHeartbeats();
void readEvents();
await delay((intervalSeconds + 6) * 1_000);

const [cpuBefore, responsesBefore, startedMs] = [
  cpuSeconds(serverPid),
  responses,
  performance.now(),
];
latencies = new Latencies();
for (let n = 0; n < stopping; n++) {
  stopped.add(Math.floor((n * instances) / stopping));
  await delay((2 * intervalSeconds * 1_000) / stopping);
}
await delay((downIntervals * intervalSeconds + intervalSeconds + 2) * 1_000);
const seconds = (performance.now() - startedMs) / 1_000;
const run: DetectionRun = {
  heartbeatsPerSecond: (responses - responsesBefore) / seconds,
  cores: (cpuSeconds(serverPid) - cpuBefore) / seconds,
  stopped: stopped.size,
  lateMs: delaysMs('late', lateIntervals),
  downMs: delaysMs('down', downIntervals),
  falseEvents: events.filter(({ instance }) => !stopped.has(instance)).length,
  latencyMs: {
    p50: latencies.percentileMs(50),
    p99: latencies.percentileMs(99),
    max: latencies.maxMs,
  },
};
console.log(JSON.stringify(run));
process.exit(0);
