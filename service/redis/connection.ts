import type { Redis } from 'ioredis';
import { readClientTls } from '../config/sections/destinations/client-tls.ts';
import type { RedisConfig } from '../config/sections/destinations/redis.ts';
import { delivered, type Outcome, retry } from '../contract/outcome.ts';
import { classifyError } from './failure.ts';
import { type ScriptName, scripts } from './scripts.ts';

/** A command of Redis, or a script with its keys and arguments. */
export type Command =
  | { readonly command: string; readonly args: readonly (string | number)[] }
  | {
      readonly script: ScriptName;
      readonly keys: readonly string[];
      readonly args: readonly (string | number)[];
    };

/** An open connection, with the digests of the scripts that were loaded over it. */
type Opened = { readonly client: Redis; readonly digests: ReadonlyMap<ScriptName, string> };

const aborted = retry('aborted', 'the delivery was aborted');

export type RedisTarget = RedisConfig & { readonly url: string };

/**
 * A connection to one Redis, opened when commands are sent. The pump alone retries: the client neither
 * reconnects by itself nor keeps commands, and a connection that failed in any way is replaced by the
 * next attempt.
 */
export class RedisConnection {
  readonly #target: RedisTarget;
  readonly #peer: string;
  #opening: Promise<Opened> | undefined;
  #clients = new Set<Redis>();

  constructor(target: RedisTarget) {
    this.#target = target;
    this.#peer = new URL(target.url).host;
  }

  /** Sends commands in one write, and waits for all replies. Some may have taken effect on failure. */
  async send(commands: readonly Command[], signal: AbortSignal): Promise<Outcome> {
    if (commands.length === 0) return delivered;
    const opening = this.#open();
    const drop = () => this.#drop(opening);
    signal.addEventListener('abort', drop, { once: true });
    try {
      const opened = await opening;
      if (signal.aborted) return aborted;
      const replies = await execute(opened, commands);
      if (signal.aborted) return aborted;
      const errors = replies.flatMap(([error]) => (error ? [error] : []));
      return this.#outcomeOf(errors, drop);
    } catch (error) {
      if (signal.aborted) return aborted;
      return this.#outcomeOf([error], drop);
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  close(): void {
    this.#opening = undefined;
    for (const client of this.#clients) client.disconnect();
  }

  /** `retry` first: while Redis cannot take anything, halving the batch would not help. */
  #outcomeOf(errors: readonly unknown[], drop: () => void): Outcome {
    const outcomes = errors.map((error) => classifyError(this.#peer, error));
    const first = outcomes.find(({ kind }) => kind === 'retry') ?? outcomes[0];
    if (first?.kind === 'retry') drop();
    return first ?? delivered;
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  /** Closes a connection, unless it has been replaced already. */
  #drop(opening: Promise<Opened>): void {
    if (this.#opening === opening) this.#opening = undefined;
    opening.then(
      ({ client }) => client.disconnect(),
      () => undefined,
    );
  }

  async #connect(): Promise<Opened> {
    const { url, username, password, timeoutSeconds } = this.#target;
    const { hostname, port, protocol, pathname } = new URL(url);
    const timeoutMs = timeoutSeconds * 1_000;
    // Loaded only where it is used, because it takes memory.
    const { Redis } = await import('ioredis');
    const client = new Redis({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 6_379),
      ...(protocol === 'rediss:' ? { tls: readClientTls(this.#target) } : {}),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: password.reveal() }),
      connectionName: 'ge-heartbeat',
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      // A Redis that hangs does not close its side.
      disconnectTimeout: 100,
      enableOfflineQueue: false,
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => null,
    });
    this.#clients.add(client);
    client.on('end', () => this.#clients.delete(client));
    // The rejection of `connect` does not contain the reason.
    let reason: unknown;
    client.on('error', (error) => {
      reason = error;
    });
    try {
      await client.connect();
      return { client, digests: await prepare(client, pathname.slice(1) || '0') };
    } catch (error) {
      client.disconnect();
      throw reason ?? error;
    }
  }
}

/** Selects the database, which the client does without an error when there is none, and loads scripts. */
async function prepare(client: Redis, database: string): Promise<Opened['digests']> {
  await client.call('SELECT', database);
  const digests = new Map<ScriptName, string>();
  for (const name of scriptNames) {
    digests.set(name, String(await client.call('SCRIPT', 'LOAD', scripts[name])));
  }
  return digests;
}

// `keys` loses the names.
const scriptNames = Object.keys(scripts) as ScriptName[];

async function execute({ client, digests }: Opened, commands: readonly Command[]) {
  const pipeline = client.pipeline();
  for (const one of commands) {
    if ('command' in one) {
      pipeline.call(one.command, ...one.args);
    } else {
      const { script, keys, args } = one;
      pipeline.call('EVALSHA', digests.get(script) ?? '', keys.length, ...keys, ...args);
    }
  }
  return (await pipeline.exec()) ?? [];
}
