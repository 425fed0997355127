import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { HttpConfig } from './sections/http.ts';

/** Content of the files that a TLS server needs. */
export type TlsMaterial = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requireClientCertificate: boolean;
  /** Time at which the certificate expires; epoch milliseconds. */
  readonly validToMs: number;
};

type TlsFault = { readonly key: keyof HttpConfig['tls']; readonly expected: string };

type TlsReading =
  | { readonly kind: 'material'; readonly material: TlsMaterial }
  | { readonly kind: 'faults'; readonly faults: readonly TlsFault[] }
  | { readonly kind: 'off' };

/** Reads the configured files, and checks that they fit each other. */
export function readTls(tls: HttpConfig['tls']): TlsReading {
  const { certFile, keyFile, clientCaFile, requireClientCertificate } = tls;
  if (certFile === undefined && keyFile === undefined && clientCaFile === undefined) {
    if (!requireClientCertificate) return { kind: 'off' };
    return faults('clientCaFile', 'a file, while http.tls.requireClientCertificate is set');
  }
  if (certFile === undefined) return faults('certFile', 'a file with a certificate (PEM)');
  if (keyFile === undefined) return faults('keyFile', "a file with the certificate's key (PEM)");
  if (clientCaFile === undefined && requireClientCertificate) {
    return faults('clientCaFile', 'a file, while http.tls.requireClientCertificate is set');
  }
  const cert = readPem(certFile, /-----BEGIN CERTIFICATE-----/);
  const key = readPem(keyFile, /-----BEGIN [A-Z ]*PRIVATE KEY-----/);
  const ca = clientCaFile === undefined ? undefined : readPem(clientCaFile, /BEGIN CERTIFICATE/);
  const validToMs = cert && validTo(cert);
  if (!cert || validToMs === undefined) {
    return faults('certFile', 'a file with a certificate (PEM) that can be read');
  }
  if (!key) return faults('keyFile', 'a file with a private key (PEM) that can be read');
  if (clientCaFile !== undefined && !(ca && validTo(ca))) {
    return faults('clientCaFile', 'a file with certificates (PEM) that can be read');
  }
  try {
    createSecureContext({ cert, key, ...(ca ? { ca } : {}) });
  } catch {
    return faults('keyFile', 'the key of the certificate in http.tls.certFile, without a password');
  }
  const material = { cert, key, ...(ca ? { ca } : {}), requireClientCertificate, validToMs };
  return { kind: 'material', material };
}

const faults = (key: TlsFault['key'], expected: string): TlsReading => ({
  kind: 'faults',
  faults: [{ key, expected }],
});

function readPem(file: string, form: RegExp): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    return form.test(bytes.toString('latin1')) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Expiry of the first certificate in the text. */
function validTo(pem: Buffer): number | undefined {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}
