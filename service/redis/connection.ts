import { isIP } from 'node:net';
import type { Redis } from 'ioredis';
import { readClientTls } from '../config/sections/destinations/client-tls.ts';
import type { RedisConfig } from '../config/sections/destinations/redis.ts';
import { delivered, type Outcome, retry } from '../contract/outcome.ts';
import { classifyError } from './failure.ts';
import { restoredKey } from './keys.ts';
import { type ScriptName, scripts } from './scripts.ts';

/** A command of Redis, or a script with its keys and arguments. */
export type Command =
  | { readonly command: string; readonly args: readonly (string | number)[] }
  | {
      readonly script: ScriptName;
      readonly keys: readonly string[];
      readonly args: readonly (string | number)[];
    };

const aborted = retry('aborted', 'the delivery was aborted');

export type RedisTarget = RedisConfig & { readonly url: string };

/** A client that can be used, and the digests of the scripts that it has loaded. */
type Opened = { readonly client: Redis; readonly digests: Digests };
type Digests = ReadonlyMap<ScriptName, string>;

/** A connection, with its client as soon as there is one. */
type Opening = { client?: Redis; isClosed: boolean; readonly opened: Promise<Opened> };

/** Writes all that a Redis without our data has to have, with a function that sends commands. */
type Restore = (send: (commands: readonly Command[]) => Promise<void>) => Promise<void>;

/**
 * A connection to one Redis, opened when commands are sent. The pump alone retries: the client neither
 * reconnects by itself nor keeps commands, and a connection that failed in any way is replaced by the
 * next attempt.
 */
export class RedisConnection {
  readonly #target: RedisTarget;
  readonly #peer: string;
  readonly #restore: Restore;
  #opening: Opening | undefined;

  constructor(target: RedisTarget, restore: Restore = () => Promise.resolve()) {
    this.#target = target;
    this.#peer = new URL(target.url).host;
    this.#restore = restore;
  }

  /** Sends commands in one write, and waits for all replies. Some may have taken effect on failure. */
  async send(commands: readonly Command[], signal: AbortSignal): Promise<Outcome> {
    if (commands.length === 0) return delivered;
    const opening = this.#open();
    const close = () => this.#close(opening);
    signal.addEventListener('abort', close, { once: true });
    try {
      const errors = await execute(await opening.opened, commands);
      return signal.aborted ? aborted : this.#outcomeOf(errors, opening);
    } catch (error) {
      return signal.aborted ? aborted : this.#outcomeOf([error], opening);
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  close(): void {
    if (this.#opening) this.#close(this.#opening);
  }

  #outcomeOf(errors: readonly unknown[], opening: Opening): Outcome {
    const outcome = worst(errors.map((error) => classifyError(this.#peer, error)));
    if (outcome.kind === 'retry') this.#close(opening);
    return outcome;
  }

  #open(): Opening {
    if (this.#opening) return this.#opening;
    const { promise, resolve, reject } = Promise.withResolvers<Opened>();
    const opening: Opening = { isClosed: false, opened: promise };
    this.#opening = opening;
    this.#connect(opening).then(resolve, reject);
    return opening;
  }

  #close(opening: Opening): void {
    if (this.#opening === opening) this.#opening = undefined;
    opening.isClosed = true;
    opening.client?.disconnect();
  }

  async #connect(opening: Opening): Promise<Opened> {
    // Loaded only where it is used, because it takes memory.
    const { Redis } = await import('ioredis');
    if (opening.isClosed) throw new Error('closed');
    const client = new Redis(optionsOf(this.#target));
    opening.client = client;
    // The rejection of `connect` does not contain the reason.
    let reason: unknown;
    client.on('error', (error) => {
      reason = error;
    });
    client.on('end', () => this.#close(opening));
    try {
      await client.connect();
      return await this.#prepare(client);
    } catch (error) {
      throw reason ?? error;
    }
  }

  async #prepare(client: Redis): Promise<Opened> {
    const { url, prefix } = this.#target;
    // The client itself ignores that there is no such database.
    await client.call('SELECT', new URL(url).pathname.slice(1) || '0');
    const digests = new Map<ScriptName, string>();
    for (const name of scriptNames) {
      digests.set(name, String(await client.call('SCRIPT', 'LOAD', scripts[name])));
    }
    const opened = { client, digests };
    if ((await client.exists(prefix + restoredKey)) === 0) {
      await this.#restore((commands) => this.#write(opened, commands));
      await client.set(prefix + restoredKey, new Date().toISOString());
    }
    return opened;
  }

  /** Throws unless Redis took the commands; one that it will never take is left out. */
  async #write(opened: Opened, commands: readonly Command[]): Promise<void> {
    const errors = await execute(opened, commands);
    const error = errors.find((one) => classifyError(this.#peer, one).kind === 'retry');
    if (error) throw error;
  }
}

/** `retry` first: while Redis cannot take anything, halving the batch would not help. */
const worst = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.find(({ kind }) => kind === 'retry') ?? outcomes[0] ?? delivered;

// `keys` loses the names.
const scriptNames = Object.keys(scripts) as ScriptName[];

function optionsOf(target: RedisTarget) {
  const { hostname, port, protocol } = new URL(target.url);
  const { username, password, timeoutSeconds } = target;
  const timeoutMs = timeoutSeconds * 1_000;
  const host = hostname.replace(/^\[|\]$/g, '');
  // An address is not a server name.
  const serverName = isIP(host) === 0 ? { servername: host } : {};
  return {
    host,
    port: Number(port || 6_379),
    ...(protocol === 'rediss:' ? { tls: { ...readClientTls(target), ...serverName } } : {}),
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
  };
}

/** Resolves with the errors of the commands that failed. */
async function execute(
  { client, digests }: Opened,
  commands: readonly Command[],
): Promise<Error[]> {
  const pipeline = client.pipeline();
  for (const one of commands) {
    if ('command' in one) {
      pipeline.call(one.command, ...one.args);
    } else {
      const { script, keys, args } = one;
      pipeline.call('EVALSHA', digests.get(script) ?? '', keys.length, ...keys, ...args);
    }
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([error]) => (error ? [error] : []));
}
