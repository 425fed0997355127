import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { CertificateFiles } from './certificates.ts';

export type TlsAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** The common name in the certificate of the service. */
  readonly server: string;
};

type Asked = {
  readonly port: number;
  readonly caFile: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly client?: CertificateFiles | undefined;
  readonly agent?: https.Agent;
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
};

/** Tests are about the authority of a certificate, not about its name. */
const trust = (caFile: string) => ({
  ca: readFileSync(caFile),
  checkServerIdentity: () => undefined,
});

/** Connections that are used again and again. */
export const keptConnections = (caFile: string, maxSockets: number): https.Agent =>
  new https.Agent({ keepAlive: true, maxSockets, ...trust(caFile) });

/** One request over TLS, on a connection of its own unless an agent is given. */
export function askOverTls(asked: Asked): Promise<TlsAnswer> {
  const { port, caFile, path, method = 'GET', headers = {}, body, client, agent } = asked;
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers,
        ...(agent ? { agent } : { agent: false, ...trust(caFile) }),
        ...(client
          ? { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) }
          : {}),
        ...(asked.maxVersion ? { minVersion: 'TLSv1' as const, maxVersion: asked.maxVersion } : {}),
      },
      (response) => {
        const { socket } = response;
        const server = String(
          'getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function'
            ? socket.getPeerCertificate().subject?.CN
            : '',
        );
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
            server,
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
