import type { IncomingMessage, OutgoingMessage } from '../../../amqp/message.ts';
import { pythonJson } from './python-json.ts';
import type { ActorReply } from './replies.ts';

/** A command as it arrives. */
export type ReceivedCommand = {
  /** Null where the header is missing. */
  readonly commandId: string | null;
  /** Client that sent it, and the actor; null where the header is missing. */
  readonly commanderId: string | null;
  readonly isInternal: boolean;
  /** Undefined if the body is not JSON with a `command_string`. */
  readonly text: string | undefined;
};

export function readCommand({ body, headers }: IncomingMessage): ReceivedCommand {
  const { command_id, commander_id, internal } = headers;
  return {
    commandId: typeof command_id === 'string' ? command_id : null,
    commanderId: typeof commander_id === 'string' ? commander_id : null,
    isInternal: internal === true,
    text: readText(body, 'command_string'),
  };
}

/** A member of a JSON object that is a text; undefined for anything else. */
export function readText(body: Buffer, member: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    const found =
      typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

const properties = { contentType: 'text/json', priority: 0 } as const;

/** The message of a reply. Without a commander its key is `reply.None`, as the framework writes it. */
export function replyMessage(
  { commandId, commanderId, isInternal }: ReceivedCommand,
  { code, body, isInternal: isInternalReply }: ActorReply,
  { actor, exchange, nowMs }: { actor: string; exchange: string; nowMs: number },
): OutgoingMessage {
  return {
    exchange,
    routingKey: `reply.${commanderId ?? 'None'}`,
    body: Buffer.from(pythonJson(body)),
    isPersistent: false,
    properties: {
      ...properties,
      ...(commandId === null ? {} : { correlationId: commandId }),
      timestamp: Math.floor(nowMs / 1_000),
    },
    headers: {
      internal: code === '>' || isInternal || isInternalReply === true,
      message_code: code,
      sender: actor,
      commander_id: commanderId,
      command_id: commandId,
    },
  };
}

type SentCommand = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly command: string;
};

const commandHeaders = ({ id, from, to }: SentCommand) => ({
  command_id: id,
  commander_id: `${from}.${to}`,
  internal: false,
  write_to_log: true,
});

/** A command for another actor, which the broker drops when it is not received in time. */
export const commandMessage = (
  sent: SentCommand,
  exchange: string,
  expiresMs: number,
): OutgoingMessage => ({
  exchange,
  routingKey: `command.${sent.to}`,
  body: Buffer.from(pythonJson({ command_string: sent.command })),
  isPersistent: false,
  properties: {
    ...properties,
    correlationId: sent.id,
    replyTo: `${sent.from}_replies`,
    expiration: String(expiresMs),
  },
  headers: commandHeaders(sent),
});

/** The failure that the sender of a command publishes itself when no actor takes it. */
export const unroutableMessage = (sent: SentCommand, exchange: string): OutgoingMessage => ({
  exchange,
  routingKey: `reply.${sent.from}`,
  body: Buffer.from(pythonJson({ error: unroutable(sent.to) })),
  isPersistent: false,
  properties: { ...properties, correlationId: sent.id },
  headers: { ...commandHeaders(sent), message_code: 'f', sender: sent.to },
});

export const unroutable = (to: string): string => `Failed routing message to consumer '${to}'.`;
