import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe } from '@jest/globals';
import { Admin, Consumer, ListOffsetTimestamps } from '@platformatic/kafka';
import { findProgram } from './programs.ts';
import { freePort } from './test-server.ts';
import { until } from './until.ts';

const version = '4.4.0';

/**
 * The folder with the jars of Apache Kafka: the one that KAFKA_LIB names, or a copy that Maven downloads
 * once into the temporary folder. Undefined without Java, and where Maven cannot provide them.
 */
function findKafka(): string | undefined {
  if (findProgram('java') === undefined) return undefined;
  const chosen = process.env['KAFKA_LIB'];
  if (chosen) return chosen;
  const lib = join(tmpdir(), `apache-kafka-${version}`);
  if (existsSync(lib)) return lib;
  const maven = findProgram('mvn');
  if (maven === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'apache-kafka-'));
  writeFileSync(join(folder, 'pom.xml'), pom);
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  const { status } = spawnSync(maven, ['-q', '-B', ...copy], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 180_000,
  });
  if (status !== 0) return undefined;
  try {
    renameSync(join(folder, 'lib'), lib);
  } catch {
    // Another test has put them there meanwhile.
  }
  return lib;
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>kafka</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
    <version>${version}</version>
  </dependency></dependencies>
</project>`;

/**
 * `describe` for tests with a real Kafka, which gets the folder with its jars. They are skipped with a
 * line, also with `CI=true`, where Java or Maven is missing.
 */
export function describeWithKafka(title: string, body: (lib: string) => void): void {
  const lib = findKafka();
  if (lib !== undefined && readdirSync(lib).some((file) => file.startsWith('kafka_2.13'))) {
    describe(title, () => body(lib));
    return;
  }
  process.stderr.write(`skipped, ${title}: missing Java, or Maven to download Apache Kafka\n`);
  describe.skip(title, () => body(''));
}

export type KafkaMessage = {
  readonly key: string | undefined;
  readonly value: string;
  readonly partition: number;
  readonly headers: Readonly<Record<string, string>>;
};

export type KafkaServer = {
  /** Ports of the listeners: without TLS, with TLS, with TLS and SASL. */
  readonly ports: { readonly plain: number; readonly tls: number; readonly sasl: number };
  /** `host:port` without TLS. */
  readonly address: string;
  createTopic(name: string, partitions: number, configs?: Record<string, string>): Promise<void>;
  /** All messages of a topic, in the order of each partition. */
  messages(topic: string): Promise<KafkaMessage[]>;
  /** Ends it with SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Starts it again, with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** The files of a certificate for 127.0.0.1, as texts in PEM. */
type ServerTls = { readonly certificate: string; readonly key: string };

/** User of the SASL listener. */
export const kafkaUser = { username: 'ge', password: 'pass word=1' };

/** A real Kafka, one node, on free ports of 127.0.0.1, in a temporary folder. */
export async function startKafka(
  lib: string,
  { tls, settings = {} }: { tls?: ServerTls; settings?: Record<string, string> } = {},
): Promise<KafkaServer> {
  // Not `temporaryFolder`, which a hook removes after each test.
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  const ports = {
    plain: await freePort(),
    tls: await freePort(),
    sasl: await freePort(),
    controller: await freePort(),
  };
  const file = join(folder, 'server.properties');
  writeFileSync(file, propertiesOf(ports, join(folder, 'data'), tls, settings));
  const java = findProgram('java') ?? 'java';
  const classes = ['-Xmx384m', '-cp', join(lib, '*')];
  const { username, password } = kafkaUser;
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password="${password}"]`,
  ]);
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', file];
  const formatted = spawnSync(java, [...classes, ...format, ...(tls ? scram : [])]);
  if (formatted.status !== 0) throw new Error(`Kafka: ${formatted.stderr} ${formatted.stdout}`);

  async function run(): Promise<ChildProcess> {
    const child = spawn(java, [...classes, 'kafka.Kafka', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + String(chunk)).slice(-20_000);
      });
    }
    const isOpen = async () => {
      if (child.exitCode !== null) throw new Error(`Kafka ended: ${output}`);
      return canConnect(ports.plain);
    };
    await until(isOpen, { withinMs: 120_000, everyMs: 200 });
    return child;
  }

  let child: ChildProcess | undefined = await run();
  const address = `127.0.0.1:${ports.plain}`;
  const client = { clientId: 'test', bootstrapBrokers: [address] };
  const kill = async () => {
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    child = undefined;
    await gone;
  };

  return {
    ports,
    address,
    async createTopic(name, partitions, configs = {}) {
      const admin = new Admin(client);
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: 1,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      });
      await admin.close();
      await delay(200);
    },
    messages: (topic) =>
      // After a restart the broker is not the coordinator of groups at once.
      retried(() => readAll(client, topic)),
    kill,
    async restart() {
      await kill();
      child = await run();
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function propertiesOf(
  ports: { plain: number; tls: number; sasl: number; controller: number },
  data: string,
  tls: ServerTls | undefined,
  settings: Record<string, string>,
): string {
  const listeners = [
    `PLAINTEXT://127.0.0.1:${ports.plain}`,
    ...(tls ? [`SSL://127.0.0.1:${ports.tls}`, `SASL_SSL://127.0.0.1:${ports.sasl}`] : []),
  ];
  const { username, password } = kafkaUser;
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const oneLine = (pem: string) => pem.trim().replaceAll('\n', '\\n');
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${ports.controller}`].join(','),
    'advertised.listeners': listeners.join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    ...(tls && {
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(tls.key),
      'ssl.keystore.certificate.chain': oneLine(tls.certificate),
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${plain} required user_${username}="${password}";`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${scram} required;`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${scram} required;`,
    }),
    ...settings,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function retried<T>(read: () => Promise<T>, attempts = 20): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (attempts === 0) throw error;
    await delay(500);
    return retried(read, attempts - 1);
  }
}

async function readAll(
  client: { clientId: string; bootstrapBrokers: string[] },
  topic: string,
): Promise<KafkaMessage[]> {
  const consumer = new Consumer({ ...client, groupId: `test-${Math.random()}`, maxWaitTime: 200 });
  try {
    const { LATEST } = ListOffsetTimestamps;
    const ends = await consumer.listOffsets({ topics: [topic], timestamp: LATEST });
    const wanted = (ends.get(topic) ?? []).reduce((sum, end) => sum + Number(end), 0);
    const found: KafkaMessage[] = [];
    if (wanted === 0) return found;
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
    for await (const { key, value, partition, headers } of stream) {
      found.push({
        key: key?.toString(),
        value: value.toString(),
        partition,
        headers: Object.fromEntries(
          [...headers].map(([name, text]) => [name.toString(), text.toString()]),
        ),
      });
      if (found.length >= wanted) break;
    }
    return found;
  } finally {
    await consumer.close(true);
  }
}
