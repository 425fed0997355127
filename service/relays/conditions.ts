import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import type { ConditionConfig } from '../config/sections/relays/relays.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { ConditionFact } from './gate.ts';

/** Resolves with undefined on success, otherwise with the cause of the failure. */
type Probe = (signal: AbortSignal) => Promise<string | undefined>;

/** A host that has to be reachable. Checked again and again while `run` has not ended. */
export class Condition {
  readonly #config: ConditionConfig;
  readonly #probe: Probe;
  readonly #clock: Clock;
  readonly #log: Log;
  #state: ConditionFact['state'] = 'unknown';
  #failures = 0;
  #detail: string | undefined;

  constructor(
    config: ConditionConfig,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
    probe: Probe = probeOf(config),
  ) {
    this.#config = config;
    this.#probe = probe;
    this.#clock = clock;
    this.#log = log;
  }

  fact(): ConditionFact {
    return { name: this.#config.name, state: this.#state, detail: this.#detail };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const limit = AbortSignal.timeout(this.#config.timeout * 1_000);
      const failure = await this.#probe(AbortSignal.any([signal, limit]));
      if (signal.aborted) return;
      this.note(limit.aborted ? `no response in ${this.#config.timeout} s` : failure);
      await this.#clock.sleep(this.#config.interval * 1_000, signal);
    }
  }

  /** Notes the result of a check: some failures in a row close the gate, one success opens it. */
  note(failure: string | undefined): void {
    const { name, failures } = this.#config;
    const before = this.#state;
    this.#failures = failure === undefined ? 0 : this.#failures + 1;
    this.#detail = failure;
    if (failure === undefined) this.#state = 'reachable';
    else if (before === 'reachable' && this.#failures >= failures) this.#state = 'unreachable';
    if (this.#state === before) return;
    if (failure === undefined) this.#log.info({ condition: name }, 'a condition is met');
    else this.#log.warn({ condition: name, problem: failure }, 'a condition is not met');
  }
}

const probeOf = (config: ConditionConfig): Probe =>
  config.type === 'tcp'
    ? (signal) => connectTo(config.host, config.port, signal)
    : (signal) => resolveName(config, signal);

function connectTo(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port });
  const end = (failure: string | undefined) => {
    signal.removeEventListener('abort', abort);
    socket.destroy();
    resolve(failure);
  };
  const abort = () => end('aborted');
  socket.once('connect', () => end(undefined));
  socket.on('error', (error) => end(error.message));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return promise;
}

async function resolveName(
  { host, server, serverPort }: Extract<ConditionConfig, { type: 'dns' }>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const resolver = new Resolver({ tries: 1 });
  if (server !== undefined) {
    resolver.setServers([
      server.includes(':') ? `[${server}]:${serverPort}` : `${server}:${serverPort}`,
    ]);
  }
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await resolver.resolve(host);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
