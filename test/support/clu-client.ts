import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { until } from './until.ts';

/** A reply as a client of clu reads it. */
export type CluReply = {
  readonly routingKey: string;
  readonly properties: ConsumeMessage['properties'];
  readonly code: string;
  readonly text: string;
};

/** A client of the SDSS framework clu, made of amqplib alone, which shows messages as they are. */
export type CluClient = {
  /** Every message on `reply.#` so far. */
  readonly replies: readonly CluReply[];
  /** Sends a command, and returns its replies when it has ended. */
  command(text: string, headers?: Readonly<Record<string, unknown>>): Promise<CluReply[]>;
  /** Publishes a message to the exchange as it is. */
  publish(routingKey: string, body: string, options?: object): void;
  close(): Promise<void>;
};

const exchange = 'sdss_exchange';
const finalCodes = [':', 'f', '!'];

/** `handle` makes it an actor too: it receives the commands for this name. */
export async function startCluClient(
  url: string,
  name: string,
  handle?: (command: ConsumeMessage, reply: (code: string, body: object) => void) => void,
): Promise<CluClient> {
  const model: ChannelModel = await connect(url);
  // A broker that is killed ends the connection.
  model.on('error', () => undefined);
  const channel = await model.createChannel();
  const replies: CluReply[] = [];
  await channel.assertExchange(exchange, 'topic', { durable: false, autoDelete: true });
  const subscribe = async (
    queue: string,
    key: string,
    onMessage: (message: ConsumeMessage) => void,
  ) => {
    await channel.assertQueue(queue, { durable: false, exclusive: true });
    await channel.bindQueue(queue, exchange, key);
    await channel.consume(queue, (message) => message && onMessage(message), { noAck: true });
  };
  await subscribe(`${name}_replies`, 'reply.#', ({ fields, properties, content }) => {
    replies.push({
      routingKey: fields.routingKey,
      properties,
      code: String(properties.headers?.['message_code']),
      text: content.toString(),
    });
  });
  if (handle) {
    await subscribe(`${name}_commands`, `command.${name}.#`, (command) =>
      handle(command, (code, body) => {
        const { command_id, commander_id } = command.properties.headers ?? {};
        channel.publish(exchange, `reply.${commander_id}`, Buffer.from(JSON.stringify(body)), {
          correlationId: command_id,
          headers: { message_code: code, command_id, commander_id, sender: name, internal: false },
        });
      }),
    );
  }
  const repliesTo = (id: string) =>
    replies.filter(({ properties }) => properties.correlationId === id);
  return {
    replies,
    async command(text, headers = {}) {
      const id = randomUUID();
      const body = Buffer.from(JSON.stringify({ command_string: text }));
      channel.publish(exchange, 'command.lvmbeat', body, {
        contentType: 'text/json',
        correlationId: id,
        replyTo: `${name}_replies`,
        mandatory: true,
        priority: 0,
        deliveryMode: 1,
        headers: {
          command_id: id,
          commander_id: `${name}.lvmbeat`,
          internal: false,
          write_to_log: true,
          ...headers,
        },
      });
      await until(() => repliesTo(id).some(({ code }) => finalCodes.includes(code)));
      return repliesTo(id);
    },
    publish: (routingKey, body, options) =>
      void channel.publish(exchange, routingKey, Buffer.from(body), options),
    close: () => model.close().catch(() => undefined),
  };
}
