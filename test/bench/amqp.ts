import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { metric } from '../support/pipeline-state.ts';
import { type Rabbit, startRabbit } from '../support/rabbitmq.ts';
import { cpuSeconds } from './machine/process-stats.ts';
import type { BenchOptions } from './options.ts';
import { median } from './report/median.ts';
import { progress } from './report/progress.ts';
import { atLeast, type Section } from './report/report.ts';
import { nodeOutput } from './servers/child.ts';
import { startServer } from './servers/server.ts';

const queue = 'heartbeats';
/** Default of intake.amqp.prefetch, for both. */
const prefetch = 250;
const samplingMs = 100;

type Shape = { readonly name: string; readonly messages: number; readonly perMessage: number };

const shapes: readonly Shape[] = [
  { name: 'single', messages: 100_000, perMessage: 1 },
  { name: 'messages of 1,000', messages: 600, perMessage: 1_000 },
];

/** Heartbeats per second, and CPU time for each. */
type Drain = { readonly rate: number; readonly cpuMicros: number };
type Pair = { readonly bare: Drain; readonly ours: Drain };

/** Drains a prefilled queue, durably, compared with a consumer that only parses. */
export async function amqp(options: BenchOptions): Promise<Section> {
  const rabbit = await startRabbit();
  try {
    const results = new Map<Shape, Pair[]>();
    for (const shape of shapes) results.set(shape, await measure(shape, rabbit, options));
    const ratioOf = (pairs: readonly Pair[]) =>
      median(pairs.map(({ bare, ours }) => ours.rate / bare.rate));
    return {
      name: 'amqp',
      title: 'Intake from RabbitMQ',
      rows: [...results].map(([{ name }, pairs]) => ({
        load: name,
        'bare heartbeats/s': median(pairs.map(({ bare }) => bare.rate)),
        'ours heartbeats/s': median(pairs.map(({ ours }) => ours.rate)),
        'ours ÷ bare': ratioOf(pairs),
        'bare CPU µs/heartbeat': median(pairs.map(({ bare }) => bare.cpuMicros)),
        'ours CPU µs/heartbeat': median(pairs.map(({ ours }) => ours.cpuMicros)),
      })),
      targets: [...results].map(([{ name }, pairs]) =>
        atLeast(`ours ÷ bare, ${name}`, ratioOf(pairs), 0.5),
      ),
      notes: [
        `Each drains the same durable queue with a prefetch of ${prefetch}. The bare consumer parses and acknowledges each message; ours is the service as delivered, which acknowledges after the commit.`,
      ],
    };
  } finally {
    await rabbit.stop();
  }
}

async function measure(shape: Shape, rabbit: Rabbit, options: BenchOptions): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const name = `${shape.name}, round ${round + 1} of ${options.rounds}`;
    const runs = {
      bare: () => drainBare(shape, rabbit, options),
      ours: () => drainOurs(shape, rabbit, options),
    };
    const found: Partial<Record<'bare' | 'ours', Drain>> = {};
    for (const kind of round % 2 === 0
      ? (['bare', 'ours'] as const)
      : (['ours', 'bare'] as const)) {
      progress(`${name}: filling the queue`);
      await fill(shape, rabbit.url);
      progress(`${name}: ${kind}`);
      found[kind] = await runs[kind]();
    }
    if (found.bare && found.ours) pairs.push({ bare: found.bare, ours: found.ours });
  }
  return pairs;
}

/** Messages that differ in their instances, confirmed by the broker. */
async function fill({ messages, perMessage }: Shape, url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  for (let n = 0; n < messages; n++) {
    const heartbeats = Array.from({ length: perMessage }, (_, index) => ({
      name: 'iot-agent',
      version: '2.4.1',
      instance: `iot-agent-${(n * perMessage + index) % 10_000}`,
      timestamp: Date.now(),
      interval: 30,
    }));
    const body = JSON.stringify(perMessage === 1 ? heartbeats[0] : heartbeats);
    channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
    if (n % 1_000 === 999) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
  await connection.close();
}

async function drainBare(
  { messages }: Shape,
  { url }: Rabbit,
  { serverCore }: BenchOptions,
): Promise<Drain> {
  const script = fileURLToPath(new URL('servers/bare-consumer.ts', import.meta.url));
  const args = [script, url, queue, String(prefetch), String(messages)];
  const { seconds, cpuSeconds, heartbeats } = JSON.parse(await nodeOutput(args, serverCore));
  return { rate: heartbeats / seconds, cpuMicros: (1e6 * cpuSeconds) / heartbeats };
}

/** The rate counts from the first sample with progress to the sample with the last message. */
async function drainOurs(
  { messages, perMessage }: Shape,
  rabbit: Rabbit,
  { serverCore: core, folder: parent, profileTo }: BenchOptions,
): Promise<Drain> {
  const env = { HEARTBEAT_INTAKE_AMQP_URL: rabbit.url };
  const server = await startServer('ours', { core, parent, env, profileTo });
  try {
    const acknowledged = () =>
      metric(
        `http://127.0.0.1:${server.port}`,
        'heartbeat_amqp_messages_total',
        '{connection="intake",result="acknowledged"}',
      );
    let first: { atMs: number; count: number; cpu: number } | undefined;
    for (;;) {
      const count = await acknowledged();
      const atMs = performance.now();
      const cpu = cpuSeconds(server.child.pid);
      if (count >= messages && first) {
        const heartbeats = (count - first.count) * perMessage;
        return {
          rate: (1_000 * heartbeats) / (atMs - first.atMs),
          cpuMicros: (1e6 * (cpu - first.cpu)) / heartbeats,
        };
      }
      if (count > 0) first ??= { atMs, count, cpu };
      await delay(samplingMs);
    }
  } finally {
    await server.stop();
  }
}
