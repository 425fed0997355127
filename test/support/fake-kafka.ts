import { createServer, type Socket } from 'node:net';
import type { KafkaMessage } from './kafka.ts';
import { portOf } from './test-server.ts';

/*
 * A broker for tests where there is no Java: it speaks the oldest versions of three requests of Kafka's
 * protocol (ApiVersions, Metadata, Produce), without TLS and SASL. What it stores it has decoded from
 * the bytes of the request. How the real Kafka behaves is tested with the real one.
 */

export type FakeKafka = {
  /** `host:port`. */
  readonly address: string;
  /** The stored messages, in the order of their receipt. */
  readonly messages: readonly (KafkaMessage & { readonly topic: string })[];
  /** Bytes of the record batches of each request. */
  readonly requestBytes: readonly number[];
  /** Returns the error code for the messages of one partition; 0, or undefined, stores them. */
  react(reaction: (messages: readonly KafkaMessage[]) => number | 'hang' | 'cut' | undefined): void;
  /** Closes all connections, as a broker does with idle ones. */
  disconnect(): void;
  stop(): Promise<void>;
};

/** Error codes of Kafka's protocol. */
export const kafkaErrors = {
  unknownTopic: 3,
  messageTooLarge: 10,
  notLeader: 6,
  topicAuthorizationFailed: 29,
  invalidTimestamp: 32,
  invalidRecord: 87,
} as const;

const apis = { produce: 0, metadata: 3, apiVersions: 18 };
const versions = [
  [apis.produce, 3, 3],
  [apis.metadata, 0, 0],
  [apis.apiVersions, 0, 3],
] as const;
const unsupportedVersion = 35;

export async function startFakeKafka(topics: Readonly<Record<string, number>>): Promise<FakeKafka> {
  const messages: (KafkaMessage & { topic: string })[] = [];
  const requestBytes: number[] = [];
  const sockets = new Set<Socket>();
  let decide: (some: readonly KafkaMessage[]) => number | 'hang' | 'cut' | undefined = () => 0;

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const size = received.readInt32BE(0);
        serve(socket, new Reader(received.subarray(4, 4 + size)));
        received = received.subarray(4 + size);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);

  function serve(socket: Socket, request: Reader): void {
    const [api, version, correlation] = [request.int16(), request.int16(), request.int32()];
    request.string();
    const body = respond(api, version, request);
    if (body === 'hang') return;
    if (body === 'cut') {
      socket.destroy();
      return;
    }
    const head = new Writer().int32(correlation).bytes();
    const size = new Writer().int32(head.length + body.length).bytes();
    socket.write(Buffer.concat([size, head, body]));
  }

  function respond(api: number, version: number, request: Reader): Buffer | 'hang' | 'cut' {
    if (api === apis.apiVersions) return version > 3 ? refusedVersions() : apiVersions();
    if (api === apis.metadata) return metadata(request);
    return produce(request);
  }

  function metadata(request: Reader): Buffer {
    const wanted = request.array(() => request.string());
    const names = wanted.length > 0 ? wanted : Object.keys(topics);
    const writer = new Writer();
    writer.array([port], (one) => writer.int32(1).string('127.0.0.1').int32(one));
    writer.array(names, (name) => {
      const count = topics[name];
      writer.int16(count === undefined ? kafkaErrors.unknownTopic : 0).string(name);
      writer.array(Array.from({ length: count ?? 0 }).keys(), (partition) => {
        writer.int16(0).int32(partition).int32(1);
        writer.array([1], (node) => writer.int32(node)).array([1], (node) => writer.int32(node));
      });
    });
    return writer.bytes();
  }

  function produce(request: Reader): Buffer | 'hang' | 'cut' {
    request.string();
    request.int16();
    request.int32();
    let bytes = 0;
    let ending: 'hang' | 'cut' | undefined;
    const results = request.array(() => {
      const topic = request.string();
      const partitions = request.array(() => {
        const partition = request.int32();
        const batch = request.take(request.int32());
        bytes += batch.length;
        const found = recordsOf(batch).map((one) => ({ ...one, partition }));
        const decision = decide(found) ?? 0;
        if (typeof decision !== 'number') ending = decision;
        else if (decision === 0) messages.push(...found.map((one) => ({ ...one, topic })));
        return { partition, code: typeof decision === 'number' ? decision : 0 };
      });
      return { topic, partitions };
    });
    requestBytes.push(bytes);
    if (ending) return ending;
    const writer = new Writer();
    writer.array(results, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, ({ partition, code }) => {
        writer.int32(partition).int16(code).int64(0n).int64(-1n);
      });
    });
    return writer.int32(0).bytes();
  }

  return {
    address: `127.0.0.1:${port}`,
    messages,
    requestBytes,
    react: (reaction) => {
      decide = reaction;
    },
    disconnect() {
      for (const socket of sockets) socket.end();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Version 3, whose arrays are compact and end with tags. */
function apiVersions(): Buffer {
  const writer = new Writer().int16(0).varint(versions.length + 1);
  for (const [api, min, max] of versions) writer.int16(api).int16(min).int16(max).varint(0);
  return writer.int32(0).varint(0).bytes();
}

/** As of a real broker, in version 0. */
function refusedVersions(): Buffer {
  const writer = new Writer().int16(unsupportedVersion);
  writer.array(versions, ([api, min, max]) => writer.int16(api).int16(min).int16(max));
  return writer.bytes();
}

/** The records of a batch of format 2, which is not compressed. */
function recordsOf(batch: Buffer): Omit<KafkaMessage, 'partition'>[] {
  const count = batch.readInt32BE(57);
  const reader = new Reader(batch.subarray(61));
  return Array.from({ length: count }, () => {
    reader.zigzag();
    reader.take(1);
    reader.zigzag();
    reader.zigzag();
    const key = reader.sized()?.toString();
    const value = reader.sized()?.toString() ?? '';
    const headers = Array.from({ length: reader.zigzag() }, () => {
      const name = reader.sized()?.toString() ?? '';
      return [name, reader.sized()?.toString() ?? ''] as const;
    });
    return { key, value, headers: Object.fromEntries(headers) };
  });
}

class Reader {
  #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(size: number): Buffer {
    const taken = this.#bytes.subarray(0, size);
    this.#bytes = this.#bytes.subarray(size);
    return taken;
  }

  int16 = (): number => this.take(2).readInt16BE();
  int32 = (): number => this.take(4).readInt32BE();
  string = (): string => this.take(Math.max(0, this.int16())).toString();
  array = <T>(item: () => T): T[] => Array.from({ length: Math.max(0, this.int32()) }, item);

  /** A number of variable length, with its sign in the last bit. */
  zigzag(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.take(1).readUInt8());
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }

  sized(): Buffer | undefined {
    const size = this.zigzag();
    return size < 0 ? undefined : this.take(size);
  }
}

class Writer {
  readonly #parts: Buffer[] = [];

  bytes = (): Buffer => Buffer.concat(this.#parts);

  int16 = (value: number): this => this.#write(2, (part) => part.writeInt16BE(value));
  int32 = (value: number): this => this.#write(4, (part) => part.writeInt32BE(value));
  int64 = (value: bigint): this => this.#write(8, (part) => part.writeBigInt64BE(value));
  /** Below 128. */
  varint = (value: number): this => this.#write(1, (part) => part.writeUInt8(value));

  string(text: string): this {
    this.int16(Buffer.byteLength(text));
    this.#parts.push(Buffer.from(text));
    return this;
  }

  array<T>(items: Iterable<T>, write: (item: T) => void): this {
    const all = [...items];
    this.int32(all.length);
    for (const item of all) write(item);
    return this;
  }

  #write(size: number, fill: (part: Buffer) => void): this {
    const part = Buffer.alloc(size);
    fill(part);
    this.#parts.push(part);
    return this;
  }
}
