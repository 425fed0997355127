import type { AmqpIntakeConfig } from '../config/sections/intake.ts';
import { anonymous, type Caller } from '../contract/access/caller.ts';
import type { DependenciesHealth } from '../contract/health.ts';
import { type ItemProblem, type Problem, statusOf } from '../contract/problem.ts';
import { parseTimestamp } from '../contract/values/timestamp.ts';
import type { Relayed } from '../ingest/check-heartbeat.ts';
import type { Acceptance, Ingest } from '../ingest/ingest.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { openBroker } from './broker.ts';
import type { MessageVerdict } from './consumer.ts';
import type { IncomingMessage } from './message.ts';

/** Accepts the messages of another protocol; undefined if the message is none of it. */
export type MessageReader = (
  body: Buffer,
  caller: Caller,
  relayed: Relayed,
) => Promise<Acceptance> | undefined;

type IntakeOptions = {
  readonly ingest: Pick<Ingest, 'acceptBody'>;
  readonly maxBodyBytes: number;
  /** Readers of other protocols, the first that takes a message decides about it. */
  readonly readers: readonly MessageReader[];
};

export type AmqpIntake = {
  start(): void;
  /** Stores the messages under way for at most this time; the broker keeps the others. */
  stop(drainMs: number): Promise<void>;
  health(): DependenciesHealth;
};

/** Name of the connection in metrics and logs. */
export const intakeConnection = 'intake';

/**
 * Heartbeats from queues of RabbitMQ. A message is acknowledged when its heartbeats are on disk; until
 * then the broker has it, and delivers it again if this process or the connection ends.
 */
export function openAmqpIntake(
  config: AmqpIntakeConfig,
  options: IntakeOptions,
  runtime: Runtime,
): AmqpIntake | undefined {
  const { url, queues, declare, prefetch } = config;
  if (url === undefined) return undefined;
  const broker = openBroker({ name: intakeConnection, address: { ...config, url } }, runtime);
  for (const { name, deadLetterQueue } of queues) {
    broker.consume(
      {
        queue: name,
        declare: [
          declare ? { kind: 'queue', name, durable: true } : { kind: 'existing-queue', name },
        ],
        prefetch,
        handle: async (message) => verdictOf(await accept(message, options)),
      },
      { name: deadLetterQueue, declare },
    );
  }
  return { ...broker, health: () => ({ amqp: broker.health() }) };
}

async function accept(
  { body, properties, headers }: IncomingMessage,
  { ingest, maxBodyBytes, readers }: IntakeOptions,
): Promise<Acceptance> {
  const { contentEncoding } = properties;
  if (body.length > maxBodyBytes) {
    return problem(
      'body-too-large',
      `The message has ${body.length} bytes, ${maxBodyBytes} are allowed.`,
    );
  }
  if (contentEncoding !== undefined && !isPlain.has(contentEncoding)) {
    return problem(
      'unsupported-encoding',
      `The content encoding is ${contentEncoding}, not identity.`,
    );
  }
  const relayed = { timestampMs: timeOf(properties.timestamp, headers) };
  for (const read of readers) {
    const acceptance = read(body, anonymous, relayed);
    if (acceptance) return acceptance;
  }
  return ingest.acceptBody(body, anonymous, relayed);
}

/** Some clients name a character set here. */
const isPlain: ReadonlySet<string> = new Set(['', 'identity', 'utf-8', 'utf8', 'UTF-8']);

/** Header with milliseconds that RabbitMQ can be configured to set when it receives a message. */
const brokerTimeHeader = 'timestamp_in_ms';

/** Time of a message in epoch ms: as its sender set it, or as the broker received it. */
function timeOf(timestamp: unknown, headers: IncomingMessage['headers']): number | undefined {
  const time = timestamp ?? headers[brokerTimeHeader];
  return typeof time === 'number' ? parseTimestamp(time) : undefined;
}

const problem = (code: Problem['code'], detail: string): Acceptance => ({
  kind: 'problem',
  problem: { code, detail },
});

/** A message of which only some heartbeats are valid is rejected too, when the others are stored. */
function verdictOf(acceptance: Acceptance): MessageVerdict {
  if (acceptance.kind === 'problem') {
    const { problem } = acceptance;
    if (statusOf(problem) >= 500) return { kind: 'retry', detail: problem.detail };
    return { kind: 'rejected', reason: problem.detail };
  }
  const { accepted, rejected } = acceptance;
  if (rejected.length === 0) return { kind: 'done' };
  return { kind: 'rejected', reason: `${accepted} heartbeats stored; ${firstError(rejected)}` };
}

function firstError([first]: readonly ItemProblem[]): string {
  const { path = '$', expected = '', got = '' } = first?.errors[0] ?? {};
  return `not ${path}: expected ${expected}; got ${got}`;
}
