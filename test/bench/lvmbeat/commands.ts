import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { makePythonEnvironment } from '../../support/python-environment.ts';
import { type Rabbit, startRabbit } from '../../support/rabbitmq.ts';
import type { BenchOptions } from '../options.ts';
import { freePort } from '../servers/child.ts';
import { startServer } from '../servers/server.ts';

const commands = 10_000;
/** The real actor handles one command at a time; fewer are enough. */
const commandsOfReal = 1_000;
/** Commands without an answer at any time. */
const underWay = 200;
const exchange = 'sdss_exchange';

/** `set` commands a second over RabbitMQ: ours, and the real actor where it can be installed. */
export async function measureCommands(options: BenchOptions) {
  if (!existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server')) {
    return { rows: [], ratio: Number.NaN, note: 'No RabbitMQ: no commands were measured.' };
  }
  const real = makePythonEnvironment('lvmbeat', 13, [
    ...['lvmbeat==0.3.0', 'uvicorn==0.54.0'],
    ...['fastapi-utils==0.8.0', 'typing_inspect'],
  ]);
  const rabbit = await startRabbit();
  try {
    const ours = await withOurs(rabbit, options, () => setPerSecond(rabbit, 'lvmbeat', commands));
    const theirs =
      typeof real === 'string'
        ? Number.NaN
        : await withReal(rabbit, real.bin, () => setPerSecond(rabbit, 'otherbeat', commandsOfReal));
    return {
      rows: [{ commands, 'ours/s': ours, 'real actor/s': theirs, ratio: ours / theirs }],
      ratio: ours / theirs,
      note:
        typeof real === 'string'
          ? `The real actor was not measured: ${real}.`
          : `${commands} set commands of one client, ${underWay} under way; the real actor, lvmbeat 0.3.0, gets ${commandsOfReal}. Ours are answered when they are on disk.`,
    };
  } finally {
    await rabbit.stop();
  }
}

async function withOurs<T>(
  rabbit: Rabbit,
  { serverCore: core, folder: parent }: BenchOptions,
  measure: () => Promise<T>,
): Promise<T> {
  const server = await startServer('ours', {
    core,
    parent,
    env: {
      HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
      HEARTBEAT_PROFILES_LVMBEAT_PORT: String(await freePort()),
      HEARTBEAT_PROFILES_LVMBEAT_AMQP_URL: rabbit.url,
      HEARTBEAT_PROFILES_LVMBEAT_HEARTBEATS: '[{"name":"overwatcher"},{"name":"never"}]',
    },
  });
  try {
    return await measure();
  } finally {
    await server.stop();
  }
}

async function withReal<T>(rabbit: Rabbit, bin: string, measure: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lvmbeat-bench-'));
  const config = join(folder, 'config.yaml');
  const actor = { name: 'otherbeat', host: '127.0.0.1', port: rabbit.port, log_dir: folder };
  const heartbeats = [{ name: 'overwatcher' }, { name: 'never' }];
  writeFileSync(config, JSON.stringify({ actor, heartbeats }));
  writeFileSync(join(folder, 'nmap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const child = spawn(join(bin, 'lvmbeat'), ['-c', config, 'actor', 'start', '--debug'], {
    env: { ...process.env, PATH: `${folder}:${bin}:${process.env['PATH']}` },
    stdio: 'ignore',
  });
  try {
    return await measure();
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commands a second of one client that keeps some under way. */
async function setPerSecond(rabbit: Rabbit, actor: string, count: number): Promise<number> {
  const model = await connect(rabbit.url);
  const channel = await model.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: false, autoDelete: true });
  await channel.assertQueue('bench_replies', { exclusive: true });
  await channel.bindQueue('bench_replies', exchange, 'reply.#');
  const waiting = new Map<string, () => void>();
  await channel.consume(
    'bench_replies',
    (message) => {
      const code = message?.properties.headers?.['message_code'];
      if (code === ':') waiting.get(String(message?.properties.correlationId))?.();
    },
    { noAck: true },
  );
  const set = async () => {
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(id, resolve);
    const body = Buffer.from('{"command_string": "set overwatcher"}');
    channel.publish(exchange, `command.${actor}`, body, {
      contentType: 'text/json',
      correlationId: id,
      headers: { command_id: id, commander_id: `bench.${actor}`, internal: false },
    });
    await promise;
    waiting.delete(id);
  };
  // An actor that is not there yet gets no command.
  for (let ready = false; !ready; )
    ready = await Promise.race([set().then(() => true), delay(500, false)]);
  const begunMs = performance.now();
  let begun = 0;
  const one = async () => {
    while (begun++ < count) await set();
  };
  await Promise.all(Array.from({ length: underWay }, one));
  const seconds = (performance.now() - begunMs) / 1_000;
  await model.close();
  return count / seconds;
}
