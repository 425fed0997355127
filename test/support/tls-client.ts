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

type RequestOptions = {
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

/** Trusts a certificate by its authority, and ignores its host name. */
const trust = (caFile: string) => ({
  ca: readFileSync(caFile),
  checkServerIdentity: () => undefined,
});

/** An agent that keeps its connections. */
export const keptConnections = (caFile: string, maxSockets: number): https.Agent =>
  new https.Agent({ keepAlive: true, maxSockets, ...trust(caFile) });

/** One request over TLS, on a connection of its own unless an agent is given. */
export function requestOverTls(options: RequestOptions): Promise<TlsAnswer> {
  const { port, caFile, path, method = 'GET', headers = {}, body, client, agent } = options;
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
        ...(options.maxVersion
          ? { minVersion: 'TLSv1' as const, maxVersion: options.maxVersion }
          : {}),
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
