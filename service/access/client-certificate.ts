import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a TLS client has proved to be. */
type ClientCertificate = {
  /** Common names, and the names in subjectAltName. */
  readonly names: readonly string[];
  readonly validToMs: number;
};

/** `untrusted-certificate`: no trusted authority vouches for it, or not any more. */
export function clientCertificateOf(
  socket: Socket,
): ClientCertificate | 'untrusted-certificate' | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (!socket.authorized) return 'untrusted-certificate';
  const { CN = [] } = socket.getPeerCertificate().subject;
  const names = [...[CN].flat(), ...alternativeNames(certificate.subjectAltName)];
  return { names, validToMs: Date.parse(certificate.validTo) };
}

/**
 * Names in a subjectAltName: `DNS:a.example, URI:spiffe://b/c` → both. Node puts a name in quotes
 * that could be read as several; such a name is left out.
 */
export function alternativeNames(text = ''): string[] {
  const names = text.matchAll(
    /(?:^|, )(?:DNS|URI|email|IP Address):("(?:[^"\\]|\\.)*"|[^,"]*)(?=,|$)/g,
  );
  return [...names]
    .map(([, name = '']) => name)
    .filter((name) => name !== '' && !name.startsWith('"'));
}
