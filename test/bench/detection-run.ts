import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { connect } from './connection.ts';
import { createHistogram } from './histogram.ts';
import { cpuSeconds } from './process-stats.ts';

/**
 * A fleet of which some die, and how soon that is told, in a process of its own:
 * `node detection-run.ts PLAN`. Prints a `DetectionRun` as JSON.
 *
 * The time that counts is the one at which the event reaches a reader of the stream, so it is on
 * disk: the deadline lies one threshold behind the answer to an instance's last heartbeat.
 */
export const detectionPlan = z.object({
  port: z.number(),
  serverPid: z.number(),
  instances: z.number(),
  intervalSeconds: z.number(),
  deaths: z.number(),
});
export type DetectionPlan = z.infer<typeof detectionPlan>;

export type DetectionRun = {
  readonly beatsPerSecond: number;
  /** CPU time of the service in a second, as a part of one core. */
  readonly cores: number;
  readonly dead: number;
  /** Milliseconds from the deadline to the reader; ascending. */
  readonly lateMs: readonly number[];
  readonly downMs: readonly number[];
  /** Events about instances that never stopped. */
  readonly accused: number;
  /** How long answers took. */
  readonly answerMs: { readonly p50: number; readonly p99: number; readonly max: number };
};

const connections = 64;
const lateIntervals = 2;
const downIntervals = 4;

const plan = detectionPlan.parse(JSON.parse(process.argv[2] ?? ''));
const { port, instances, intervalSeconds, deaths, serverPid } = plan;
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

/** Everybody is known, and told of as `started`, before anything is measured. */
async function introduce(): Promise<void> {
  for (let first = 0; first < instances; first += 1_000) {
    const fleet = Array.from({ length: 1_000 }, (_, n) => identity(first + n));
    const answer = await fetch(`${base}/api/v1/heartbeats`, {
      method: 'POST',
      body: JSON.stringify(fleet),
    });
    if (!answer.ok) throw new Error(await answer.text());
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

const dead = new Set<number>();
const answeredAtMs = new Float64Array(instances);
let answers = 0;
let histogram = createHistogram();

/** Beats for ever, each instance once an interval; what falls behind is made up for. */
async function beat(): Promise<void> {
  type RawRoute = { send(bytes: Buffer): void; instance: number; sentAtMs: number };
  const idle: RawRoute[] = [];
  for (let rawRoute = 0; rawRoute < connections; rawRoute++) {
    const connection = await connect(port, answered, fail);
    const mine: RawRoute = { send: connection.send, instance: -1, sentAtMs: 0 };
    function answered(): void {
      answers += 1;
      histogram.record(performance.now() - mine.sentAtMs);
      answeredAtMs[mine.instance] = Date.now();
      idle.push(mine);
    }
    idle.push(mine);
  }
  const beganMs = performance.now();
  let due = 0;
  setInterval(() => {
    const until = ((performance.now() - beganMs) / 1_000) * (instances / intervalSeconds);
    for (; due < until && idle.length > 0; due++) {
      const instance = due % instances;
      const bytes = requests[instance];
      const rawRoute = dead.has(instance) ? undefined : idle.pop();
      if (!rawRoute || !bytes) continue;
      rawRoute.instance = instance;
      rawRoute.sentAtMs = performance.now();
      rawRoute.send(bytes);
    }
  }, 1);
}

function fail(error: Error): never {
  throw error;
}

type Told = { readonly kind: string; readonly instance: number; readonly atMs: number };
const told: Told[] = [];
const frame = z.object({ data: z.object({ kind: z.string(), instance: z.string() }) });

async function listen(): Promise<void> {
  const answer = await fetch(`${base}/api/v1/events/stream?kind=late,down`);
  let rest = '';
  for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const atMs = Date.now();
    const frames = (rest + part).split('\n\n');
    rest = frames.pop() ?? '';
    for (const text of frames) {
      const line = /^data: (.*)$/m.exec(text)?.[1];
      if (line === undefined) continue;
      const { kind, instance } = frame.parse(JSON.parse(line)).data;
      told.push({ kind, instance: Number(instance.slice(4)), atMs });
    }
  }
}

function delays(kind: string, intervals: number): number[] {
  const thresholdMs = intervals * intervalSeconds * 1_000;
  return told
    .filter((one) => one.kind === kind && dead.has(one.instance))
    .map(({ instance, atMs }) => atMs - (answeredAtMs[instance] ?? 0) - thresholdMs)
    .toSorted((a, b) => a - b);
}

await introduce();
await beat();
void listen();
await delay((intervalSeconds + 6) * 1_000);

const [cpuBefore, answersBefore, beganMs] = [cpuSeconds(serverPid), answers, performance.now()];
histogram = createHistogram();
for (let death = 0; death < deaths; death++) {
  dead.add(Math.floor((death * instances) / deaths));
  await delay((2 * intervalSeconds * 1_000) / deaths);
}
await delay((downIntervals * intervalSeconds + intervalSeconds + 2) * 1_000);
const seconds = (performance.now() - beganMs) / 1_000;
const run: DetectionRun = {
  beatsPerSecond: (answers - answersBefore) / seconds,
  cores: (cpuSeconds(serverPid) - cpuBefore) / seconds,
  dead: dead.size,
  lateMs: delays('late', lateIntervals),
  downMs: delays('down', downIntervals),
  accused: told.filter(({ instance }) => !dead.has(instance)).length,
  answerMs: {
    p50: histogram.quantile(0.5),
    p99: histogram.quantile(0.99),
    max: histogram.maxMs,
  },
};
console.log(JSON.stringify(run));
process.exit(0);
