import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { HttpConfig } from '../../config/sections/http.ts';
import { readTls, type TlsMaterial } from '../../config/tls-files.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** Certificate of a server, which can be renewed while the server runs. */
export type ServerCertificate = {
  material(): TlsMaterial;
  /** Reads the files again; false if they are unusable, which changes nothing. */
  renew(): boolean;
  validToMs(): number;
  onRenewed(listener: () => void): void;
};

/** Undefined where the configuration names no certificate. */
export function openServerCertificate(
  tls: HttpConfig['tls'],
  { log, metrics }: Pick<Runtime, 'log' | 'metrics'>,
): ServerCertificate | undefined {
  const first = readTls(tls);
  if (first.kind === 'off') return undefined;
  if (first.kind === 'faults') throw new Error('the certificate was valid a moment ago');
  let { material } = first;
  const listeners: (() => void)[] = [];
  metrics.mirror('certificateExpiry', (gauge) => gauge.set(material.validToMs / 1_000));
  return {
    material: () => material,
    renew() {
      const reading = readTls(tls);
      if (reading.kind === 'material') {
        ({ material } = reading);
        for (const listener of listeners) listener();
        return true;
      }
      const problems = reading.kind === 'faults' ? reading.faults : [];
      log.error({ problems }, 'the certificate cannot be used: the old one stays');
      return false;
    },
    validToMs: () => material.validToMs,
    onRenewed: (listener) => void listeners.push(listener),
  };
}

/**
 * Makes a server of `node:http`, or of `node:https` with a certificate. A renewed certificate is
 * used for new connections; open ones are not interrupted.
 */
export function createNodeServer(
  options: http.ServerOptions & { headersTimeout: number },
  certificate: ServerCertificate | undefined,
  serve: http.RequestListener,
): http.Server {
  if (certificate === undefined) return http.createServer(options, serve);
  const { ca, requireClientCertificate } = certificate.material();
  const server = https.createServer(
    {
      ...options,
      ...contextOf(certificate.material()),
      requestCert: ca !== undefined,
      // A client without a valid certificate may still send a token.
      rejectUnauthorized: requireClientCertificate,
      handshakeTimeout: options.headersTimeout,
      ALPNProtocols: ['http/1.1'],
    },
    serve,
  );
  certificate.onRenewed(() => server.setSecureContext(contextOf(certificate.material())));
  return server;
}

/** New ticket keys, so that no session resumes that a removed authority vouched for. */
const contextOf = ({ cert, key, ca }: TlsMaterial) => ({
  cert,
  key,
  ...(ca ? { ca } : {}),
  minVersion: 'TLSv1.2' as const,
  ticketKeys: randomBytes(48),
});
