import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What the other side of a connection has proved to be. */
export type Peer = {
  /** Its common names, and those in its subjectAltName. */
  readonly names: readonly string[];
  readonly validToMs: number;
};

/** `stranger`: it has a certificate that no authority we trust vouches for, or none any more. */
export function peerOf(socket: Socket): Peer | 'stranger' | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (!socket.authorized) return 'stranger';
  const { CN = [] } = socket.getPeerCertificate().subject;
  const names = [...[CN].flat(), ...alternativeNames(certificate.subjectAltName)];
  return { names, validToMs: Date.parse(certificate.validTo) };
}

/**
 * `DNS:a.example, URI:spiffe://b/c` → both names. Node writes in quotes what could be taken for the
 * next name; such a name is nobody's.
 */
export function alternativeNames(text = ''): string[] {
  const names = text.matchAll(
    /(?:^|, )(?:DNS|URI|email|IP Address):("(?:[^"\\]|\\.)*"|[^,"]*)(?=,|$)/g,
  );
  return [...names]
    .map(([, name = '']) => name)
    .filter((name) => name !== '' && !name.startsWith('"'));
}
