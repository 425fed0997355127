import { readFileSync } from 'node:fs';
import { credentials, type Options, type SocketOptions } from 'amqplib';
import type { Secret } from '../contract/values/secret.ts';

/** Where a broker is, and how the service authenticates itself there. */
export type BrokerAddress = {
  /** `amqp://host:port/vhost`, or `amqps://…` for TLS, without user name and password. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Files (PEM), read again for each connection. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
};

type ConnectOptions = {
  readonly connect: Options.Connect;
  readonly socket: SocketOptions;
};

type Connecting = {
  /** Name of the connection in the broker's own lists. */
  readonly name: string;
  readonly heartbeatSeconds: number;
  readonly timeoutMs: number;
};

/**
 * Options of the library for one attempt to connect. Throws if a file cannot be read.
 *
 * The mechanism is EXTERNAL if there is a client certificate and no user name: the broker takes the
 * name from the certificate. Otherwise it is PLAIN, with guest and guest as the broker's default.
 */
export function connectOptions(address: BrokerAddress, options: Connecting): ConnectOptions {
  const { protocol, hostname, port, pathname } = new URL(address.url);
  const { username, password, certFile } = address;
  const isExternal = username === undefined && certFile !== undefined;
  return {
    connect: {
      protocol: protocol.replace(':', ''),
      hostname: hostname.replace(/^\[|\]$/g, ''),
      // 0 is the default port of the protocol.
      port: Number(port),
      // The library decodes it.
      vhost: pathname.slice(1),
      username: username ?? 'guest',
      password: password?.reveal() ?? 'guest',
      heartbeat: options.heartbeatSeconds,
    },
    socket: {
      noDelay: true,
      keepAlive: true,
      timeout: options.timeoutMs,
      clientProperties: { connection_name: options.name },
      ...(isExternal ? { credentials: credentials.external() } : {}),
      ...tlsOptions(address),
    },
  };
}

function tlsOptions({ caFile, certFile, keyFile }: BrokerAddress): SocketOptions {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}
