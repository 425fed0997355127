import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TlsMaterial } from '../config/tls-files.ts';

/** The certificate that a server shows, which changes while it runs. */
export type TlsSource = {
  material(): TlsMaterial;
  onRenewed(listener: () => void): void;
};

/**
 * A server of `node:http`, or of `node:https` with what `tls` has. When that is renewed, connections
 * that are open stay as they are, and new ones get the new certificate.
 */
export function createListener(
  options: http.ServerOptions & { headersTimeout: number },
  tls: TlsSource | undefined,
  serve: http.RequestListener,
): http.Server {
  if (tls === undefined) return http.createServer(options, serve);
  const { ca, requireClientCertificate } = tls.material();
  const server = https.createServer(
    {
      ...options,
      ...contextOf(tls.material()),
      requestCert: ca !== undefined,
      // Without a good certificate one may still come in by a token.
      rejectUnauthorized: requireClientCertificate,
      handshakeTimeout: options.headersTimeout,
      ALPNProtocols: ['http/1.1'],
    },
    serve,
  );
  tls.onRenewed(() => server.setSecureContext(contextOf(tls.material())));
  return server;
}

/** With new keys for tickets: nobody resumes what an authority stood for that is no longer trusted. */
const contextOf = ({ cert, key, ca }: TlsMaterial) => ({
  cert,
  key,
  ...(ca ? { ca } : {}),
  minVersion: 'TLSv1.2' as const,
  ticketKeys: randomBytes(48),
});
