import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { portOf } from './test-server.ts';

/** A message as the server took it. */
export type Received = {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly isEncrypted: boolean;
  /** Name with which the client introduced itself. */
  readonly hello: string;
  readonly user?: string;
};

/** Answers a command with a refusal: `{ code: 450, text: '4.7.1 Greylisted' }`. */
export type Refusal = { readonly code: number; readonly text: string };

export type MailServer = {
  readonly port: number;
  readonly received: Received[];
  /** How many conversations were begun. */
  begun: number;
  /** How many are open. */
  conversations(): Promise<number>;
  /** What the server thinks of an address, a sender, a whole message. */
  refuseRecipient: (address: string) => Refusal | undefined;
  refuseSender: () => Refusal | undefined;
  refuseMessage: () => Refusal | undefined;
  /** Runs when a message has come, before it is answered. */
  onData: (cut: () => void) => Promise<void> | void;
  stop(): Promise<void>;
};

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** For 127.0.0.1, signed by itself: it is its own authority. */
export const mailCertificate = fixture('certificate.pem');

export const login = { username: 'heartbeat', password: 'right' };

/** A real SMTP server on a port of 127.0.0.1, by default a free one. */
export async function startMailServer(
  options: SMTPServerOptions = {},
  listenPort = 0,
): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const server: MailServer = {
    port: 0,
    received: [],
    begun: 0,
    conversations: () => promisify(smtp.server.getConnections.bind(smtp.server))(),
    refuseRecipient: () => undefined,
    refuseSender: () => undefined,
    refuseMessage: () => undefined,
    onData: () => undefined,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => smtp.close(resolve));
    },
  };
  const answer = (refusal: Refusal | undefined) =>
    refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code });

  const smtp = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    key: fixture('key.pem'),
    cert: mailCertificate,
    onConnect: (_session, done) => {
      server.begun += 1;
      done();
    },
    onAuth: ({ username, password }, _session, done) =>
      username === login.username && password === login.password
        ? done(null, { user: username })
        : done(Object.assign(new Error('5.7.8 Wrong'), { responseCode: 535 })),
    onMailFrom: (_address, _session, done) => done(answer(server.refuseSender())),
    onRcptTo: ({ address }, _session, done) => done(answer(server.refuseRecipient(address))),
    onData: async (stream, { envelope, secure, user, hostNameAppearsAs }, done) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const refusal = answer(server.refuseMessage());
      if (!refusal) {
        server.received.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString(),
          isEncrypted: secure,
          hello: String(hostNameAppearsAs),
          ...(user === undefined ? {} : { user }),
        });
      }
      await server.onData(() => {
        for (const socket of sockets) socket.destroy();
      });
      done(refusal);
    },
    ...options,
  });
  smtp.on('error', () => undefined);
  smtp.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
  });
  smtp.listen(listenPort, '127.0.0.1');
  await once(smtp.server, 'listening');
  return Object.assign(server, { port: portOf(smtp.server) });
}

/** The headers of a message, unfolded; their names in lower case. */
export function headersOf(source: string): Readonly<Record<string, string>> {
  const [head = ''] = source.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n(?=[ \t])/g, '').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
