import { randomUUID } from 'node:crypto';
import { openBroker } from '../../../amqp/broker.ts';
import type { IncomingMessage } from '../../../amqp/message.ts';
import type { Publisher } from '../../../amqp/publisher.ts';
import type { LvmbeatConfig } from '../../../config/sections/profiles/lvmbeat.ts';
import { anonymous } from '../../../contract/access/caller.ts';
import type { DependencyHealth } from '../../../contract/health.ts';
import type { Identity } from '../../../contract/instance.ts';
import type { RelayResponse } from '../../../contract/relays/relay.ts';
import type { Ingest } from '../../../ingest/ingest.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { shortIso } from '../monitor/monitor.ts';
import {
  commandMessage,
  type ReceivedCommand,
  readCommand,
  readText,
  replyMessage,
  unroutable,
  unroutableMessage,
} from './messages.ts';
import { type ActorReply, type CommandParts, done, failed, runCommand } from './replies.ts';

export type LvmbeatActor = {
  /**
   * Sends a command to another actor. Resolves with undefined when that reports success, otherwise
   * with the cause of the failure.
   */
  send(
    to: string,
    command: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  start(): void;
  health(): DependencyHealth;
  stop(drainMs: number): Promise<void>;
};

type ActorParts = {
  readonly config: LvmbeatConfig;
  readonly url: string;
  readonly ingest: Ingest;
  readonly lastSeenMs: (identity: Identity) => number | undefined;
  readonly relays: () => readonly RelayResponse[];
};

/** Name of the connection in metrics. */
export const lvmbeatConnection = 'lvmbeat';

/** The framework's own prefetch is 1; a larger one shares commits, and the replies stay in order. */
const prefetch = 250;

/** Codes that end a command; `e` does not. */
const finalCodes: ReadonlySet<unknown> = new Set([':', 'f', '!']);

/**
 * The actor `lvmbeat`, which receives commands from clu's clients and other actors.
 *
 *   command.lvmbeat ─▶ lvmbeat_commands ─▶ `>` ─▶ set: on disk ─▶ `:` ─▶ reply.<commander>
 *   command.lvmecp  ◀─ relay                                              │
 *   reply.#         ─▶ lvmbeat_replies ─▶ end of a command of ours        ▼ clients
 */
export function createLvmbeatActor(parts: ActorParts, runtime: Runtime): LvmbeatActor {
  const { config, url } = parts;
  const { username, password, exchange, actor } = config.amqp;
  const broker = openBroker(
    { name: lvmbeatConnection, address: { url, username, password } },
    runtime,
  );
  const topic = {
    kind: 'exchange',
    name: exchange,
    type: 'topic',
    durable: false,
    autoDelete: true,
  } as const;
  const publisher = broker.publisher({ declare: [topic] });
  const sender = createSender(publisher, config.amqp);

  /** The first queue refuses a second actor of the same name. */
  const consume = (name: string, key: string, handle: (message: IncomingMessage) => unknown) => {
    const queue = `${actor}_${name}`;
    broker.consume({
      queue,
      prefetch,
      declare: [
        topic,
        { kind: 'queue', name: queue, durable: false, exclusive: true },
        { kind: 'binding', queue, exchange, routingKey: key },
      ],
      async handle(message) {
        await handle(message);
        return { kind: 'done' };
      },
    });
  };
  consume('replies', 'reply.#', sender.received);
  consume('commands', `command.${actor}.#`, createCommandHandler(publisher, parts, runtime));

  return { send: sender.send, start: broker.start, health: broker.health, stop: broker.stop };
}

/** Replies to each command: `>` at once, the others when it is done. */
function createCommandHandler(publisher: Publisher, parts: ActorParts, { clock, log }: Runtime) {
  const { actor, exchange } = parts.config.amqp;
  const commands = commandParts(parts, clock.now);
  return async (message: IncomingMessage): Promise<void> => {
    const command = readCommand(message);
    const reply = replierOf(publisher, command, { actor, exchange, now: clock.now });
    void reply({ code: '>', body: {} });
    if (command.text === undefined) {
      log.warn({ commander: command.commanderId }, 'a command without a command_string');
      await reply(failed('The message is not JSON with a command_string.'));
      return;
    }
    const replies = await runCommand(command.text, commands);
    await Promise.all(replies.map(reply));
  };
}

/** Sends commands to other actors, and waits for the replies that end them. */
function createSender(publisher: Publisher, { actor, exchange }: LvmbeatConfig['amqp']) {
  const waiting = new Map<string, (failure: string | undefined) => void>();
  return {
    received({ body, headers, properties }: IncomingMessage): void {
      const { message_code } = headers;
      const settle = waiting.get(String(properties.correlationId));
      if (settle === undefined || !finalCodes.has(message_code)) return;
      settle(message_code === ':' ? undefined : (readText(body, 'error') ?? 'the command failed'));
    },
    async send(to: string, command: string, timeoutMs: number, signal: AbortSignal) {
      const sent = { id: randomUUID(), from: actor, to, command };
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const abort = () => resolve('aborted');
      signal.addEventListener('abort', abort, { once: true });
      waiting.set(sent.id, resolve);
      const confirmation = await publisher.publish(commandMessage(sent, exchange, timeoutMs));
      if (confirmation.kind === 'returned') {
        void publisher.publish(unroutableMessage(sent, exchange));
        resolve(unroutable(to));
      } else if (confirmation.kind === 'failed') resolve(confirmation.detail);
      if (signal.aborted) abort();
      return promise.finally(() => {
        waiting.delete(sent.id);
        signal.removeEventListener('abort', abort);
      });
    },
  };
}

/** Publishes the replies to a command, in their order. */
const replierOf =
  (
    publisher: Publisher,
    command: ReceivedCommand,
    { actor, exchange, now }: { actor: string; exchange: string; now: () => number },
  ) =>
  (reply: ActorReply) =>
    publisher.publish(replyMessage(command, reply, { actor, exchange, nowMs: now() }));

function commandParts(
  { config, ingest, lastSeenMs, relays }: ActorParts,
  now: () => number,
): CommandParts {
  const { version, heartbeats, timeoutSeconds, amqp } = config;
  const identityOf = (name: string): Identity => ({ name, version, instance: amqp.actor });
  const names = new Set(heartbeats.map(({ name }) => name));
  return {
    actor: amqp.actor,
    async set(name) {
      if (!names.has(name)) return failed(`Heartbeat '${name}' not found.`);
      const acceptance = await ingest.acceptOne('lvmbeat', identityOf(name), anonymous);
      return acceptance.kind === 'accepted'
        ? done({ text: 'Heartbeat set.' })
        : failed(acceptance.problem.detail);
    },
    status() {
      const entries = [...names].map((name) => {
        const seenMs = lastSeenMs(identityOf(name));
        const current = seenMs !== undefined && now() - seenMs < timeoutSeconds * 1_000;
        return [name, { current, last_seen: seenMs === undefined ? null : shortIso(seenMs) }];
      });
      return { heartbeats: Object.fromEntries(entries), ...emissions(relays()) };
    },
  };
}

/** The relays `ecp` and `outside`, and the conditions of the former. */
function emissions(relays: readonly RelayResponse[]) {
  const lastOf = (name: string): string | null => {
    const last = relays.find((relay) => relay.name === name)?.lastEmitted;
    return last ? shortIso(Date.parse(last)) : null;
  };
  const conditions = relays.find(({ name }) => name === 'ecp')?.conditions ?? [];
  const isReachable = (name: string): boolean =>
    conditions.find((condition) => condition.name === name)?.state === 'reachable';
  return {
    last_emitted_ecp: lastOf('ecp'),
    last_emitted_outside: lastOf('outside'),
    network: { internet: isReachable('internet'), lco: isReachable('lco') },
  };
}
