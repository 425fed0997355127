import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export type RabbitOptions = {
  /** Plugins beside the management plugin. */
  readonly plugins?: readonly string[];
  /** Files of a TLS listener, which requires a client certificate of the same authority. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** Further lines of `rabbitmq.conf`. */
  readonly configuration?: readonly string[];
};

/** A real RabbitMQ with the management plugin, in a temporary folder, on ports of 127.0.0.1. */
export type Rabbit = {
  /** User and password of this administrator. */
  readonly user: string;
  /** `amqp://127.0.0.1:port`, without user and password. */
  readonly url: string;
  /** `amqps://localhost:port`; only with the option `tls`. */
  readonly tlsUrl: string;
  readonly port: number;
  readonly managementPort: number;
  /** Calls the management API: `/queues/%2f/name`. Rejects on a status that is not 2xx. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Messages in a queue, ready or not acknowledged; 0 if it does not exist (yet). */
  countMessages(queue: string): Promise<number>;
  /** Publishes through the management API, to the default exchange. */
  publish(
    queue: string,
    body: string,
    properties?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Removes and returns the messages of a queue. */
  take(queue: string, max?: number): Promise<TakenMessage[]>;
  /** Runs `rabbitmqctl` on it. */
  ctl(...args: string[]): Promise<void>;
  /** Kills it; what is durable is kept. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, in the same folder and with the same ports. */
  start(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
};

export type TakenMessage = {
  readonly payload: string;
  readonly properties: {
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly [key: string]: unknown;
  };
};

/** For `describeWith`. The tests run the file that the program on the path stands in for. */
export const rabbitProgram = 'rabbitmq-server';
const folderOfPrograms = '/usr/lib/rabbitmq/bin';
const program = `${folderOfPrograms}/rabbitmq-server`;
const user = 'guest';
const startTimeoutMs = 120_000;

export async function startRabbit(options: RabbitOptions = {}): Promise<Rabbit> {
  const folder = mkdtempSync(join(tmpdir(), 'rabbitmq-'));
  const [port, managementPort, distributionPort, epmdPort, tlsPort] = await freePorts(5);
  writeConfiguration(folder, options, { port, managementPort, tlsPort });
  const environment = environmentOf(folder, distributionPort, epmdPort);
  const epmd = spawn('epmd', ['-address', '127.0.0.1', '-port', String(epmdPort)], {
    stdio: 'ignore',
  });
  const node = new RabbitNode(folder, environment, { port, managementPort, tlsPort });
  const stop = async () => {
    await node.kill();
    await end(epmd);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await until(() => isOpen(epmdPort));
    await node.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const { api } = node;
  return {
    user,
    url: `amqp://127.0.0.1:${port}`,
    tlsUrl: `amqps://localhost:${tlsPort}`,
    port,
    managementPort,
    api,
    async countMessages(queue) {
      const found = await api('GET', `/queues/%2f/${encodeURIComponent(queue)}`).catch(
        (error: Error) => {
          if (!/: 404 /.test(error.message)) throw error;
        },
      );
      return Number(Object(found).messages ?? 0);
    },
    async publish(queue, body, properties = {}) {
      await api('POST', '/exchanges/%2f/amq.default/publish', {
        properties: { delivery_mode: 2, ...properties },
        routing_key: queue,
        payload: body,
        payload_encoding: 'string',
      });
    },
    async take(queue, max = 100) {
      const taken = await api('POST', `/queues/%2f/${encodeURIComponent(queue)}/get`, {
        count: max,
        ackmode: 'ack_requeue_false',
        encoding: 'auto',
      });
      return Array.isArray(taken) ? taken : [];
    },
    async ctl(...args) {
      const child = spawn(`${folderOfPrograms}/rabbitmqctl`, args, {
        env: environment,
        stdio: 'ignore',
      });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')}: ${code}`);
    },
    kill: () => node.kill(),
    start: () => node.start(),
    stop,
  };
}

type Ports = {
  readonly port: number;
  readonly managementPort: number;
  readonly tlsPort: number;
};

function writeConfiguration(
  folder: string,
  { plugins = [], tls, configuration = [] }: RabbitOptions,
  { port, managementPort, tlsPort }: Ports,
): void {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${managementPort}`,
    'loopback_users = none',
    'log.console = false',
    // The folder's disk may be nearly full, which is no concern of the tests.
    'disk_free_limit.absolute = 1MB',
    ...(tls
      ? [
          `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
          `ssl_options.cacertfile = ${tls.caFile}`,
          `ssl_options.certfile = ${tls.certFile}`,
          `ssl_options.keyfile = ${tls.keyFile}`,
          'ssl_options.verify = verify_peer',
          'ssl_options.fail_if_no_peer_cert = true',
          'ssl_cert_login_from = common_name',
          'auth_mechanisms.1 = EXTERNAL',
          'auth_mechanisms.2 = PLAIN',
        ]
      : []),
    ...configuration,
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
  const enabled = ['rabbitmq_management', ...plugins].join(',');
  writeFileSync(join(folder, 'enabled_plugins'), `[${enabled}].\n`);
  for (const name of ['mnesia', 'log', 'home']) mkdirSync(join(folder, name));
}

function environmentOf(folder: string, distributionPort: number, epmdPort: number) {
  const at = (name: string) => join(folder, name);
  return {
    PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
    LANG: 'C.UTF-8',
    HOME: at('home'),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `test${epmdPort}@localhost`,
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_DIST_PORT: String(distributionPort),
    // The script becomes the Erlang VM, so that its pid is the broker's.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_START_ARGS: '-noinput',
    // One scheduler each: tests share the machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none',
  };
}

class RabbitNode {
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #managementUrl: string;
  #child: ChildProcess | undefined;

  readonly #port: number;

  constructor(folder: string, environment: Readonly<Record<string, string>>, ports: Ports) {
    this.#folder = folder;
    this.#environment = environment;
    this.#managementUrl = `http://127.0.0.1:${ports.managementPort}/api`;
    this.#port = ports.port;
  }

  readonly api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const authorization = `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}`;
    const response = await fetch(`${this.#managementUrl}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  /** Resolves when the broker accepts connections and the management API responds. */
  async start(): Promise<void> {
    const child = spawn(program, [], { env: this.#environment, stdio: 'ignore' });
    this.#child = child;
    const isReady = () =>
      this.api('GET', `/health/checks/port-listener/${this.#port}`).then(
        () => true,
        () => false,
      );
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`RabbitMQ ended: ${this.#logs()}`);
        return isReady();
      },
      { withinMs: startTimeoutMs, everyMs: 100 },
    );
  }

  async kill(): Promise<void> {
    if (this.#child) await end(this.#child);
    this.#child = undefined;
  }

  #logs(): string {
    const folder = join(this.#folder, 'log');
    const read = (name: string) => readFileSync(join(folder, name), 'utf8').slice(-2_000);
    return readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map(read)
      .join('\n');
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/**
 * Ports below the ones that the system gives to outgoing connections: a broker that is started again
 * needs the same one.
 */
async function freePorts(count: 5): Promise<[number, number, number, number, number]> {
  const next = async (): Promise<number> => {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    return (await isFree(port)) ? port : next();
  };
  const found = new Set<number>();
  while (found.size < count) found.add(await next());
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = found;
  return [a, b, c, d, e];
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isOpen(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
