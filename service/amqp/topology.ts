import type { Channel } from 'amqplib';

/** A part of the broker's topology that a consumer or a publisher needs. */
export type Declaration =
  | {
      readonly kind: 'queue';
      readonly name: string;
      readonly durable: boolean;
      /** Belongs to this connection, and is deleted with it. */
      readonly exclusive?: boolean;
      readonly autoDelete?: boolean;
      readonly arguments?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'exchange';
      readonly name: string;
      readonly type: 'direct' | 'topic' | 'fanout' | 'headers';
      readonly durable: boolean;
      readonly autoDelete?: boolean;
    }
  | {
      readonly kind: 'binding';
      readonly queue: string;
      readonly exchange: string;
      readonly routingKey: string;
    }
  /** Must exist already, with any properties. */
  | { readonly kind: 'existing-queue' | 'existing-exchange'; readonly name: string };

/** Declares or checks one after the other. Rejects, and the broker closes the channel, if one fails. */
export async function declareAll(
  channel: Channel,
  declarations: readonly Declaration[],
): Promise<void> {
  for (const declaration of declarations) await declare(channel, declaration);
}

async function declare(channel: Channel, declaration: Declaration): Promise<void> {
  switch (declaration.kind) {
    case 'queue': {
      const { name, durable, exclusive = false, autoDelete = false } = declaration;
      const options = { durable, exclusive, autoDelete, arguments: declaration.arguments ?? {} };
      await channel.assertQueue(name, options);
      return;
    }
    case 'exchange': {
      const { name, type, durable, autoDelete = false } = declaration;
      await channel.assertExchange(name, type, { durable, autoDelete });
      return;
    }
    case 'binding': {
      const { queue, exchange, routingKey } = declaration;
      await channel.bindQueue(queue, exchange, routingKey);
      return;
    }
    case 'existing-queue':
      await channel.checkQueue(declaration.name);
      return;
    case 'existing-exchange':
      await channel.checkExchange(declaration.name);
  }
}
