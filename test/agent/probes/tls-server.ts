import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { Authority } from '../../support/certificates.ts';
import { portOf } from '../../support/test-server.ts';

export type TlsServer = {
  readonly port: number;
  /** Certificate of the authority. */
  readonly ca: string;
  /** Names of the client certificates, one for each request. */
  readonly clients: readonly string[];
  stop(): Promise<void>;
};

/** An HTTPS server on `localhost` that accepts everything. */
export async function startTlsServer(
  authority: Authority,
  { requestCert = false } = {},
): Promise<TlsServer> {
  const files = authority.issue('server', {
    commonName: 'localhost',
    alternativeNames: 'DNS:localhost,IP:127.0.0.1',
  });
  const ca = readFileSync(authority.caFile, 'utf8');
  const clients: string[] = [];
  const server = https.createServer(
    {
      cert: readFileSync(files.certFile),
      key: readFileSync(files.keyFile),
      ...(requestCert ? { ca, requestCert, rejectUnauthorized: true } : {}),
    },
    (request, response) => {
      const certificate = Object(
        Reflect.apply(Reflect.get(request.socket, 'getPeerCertificate'), request.socket, []),
      );
      clients.push(String(certificate.subject?.CN));
      request.resume().on('end', () => {
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end('{"accepted":1,"rejected":[]}');
      });
    },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: portOf(server),
    ca,
    clients,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
