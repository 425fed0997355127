import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { certificateFile, nonEmptyText } from '../kinds.ts';

const aKey = 'a file with a private key (PEM, without a password) that can be read';

const keyFile = () => nonEmptyText().refine(containsKey, { error: aKey }).meta({ expects: aKey });

function containsKey(file: string): boolean {
  try {
    return createPrivateKey(readFileSync(file)).type === 'private';
  } catch {
    return false;
  }
}

/** TLS settings of a connection to a broker or a database. */
export const clientTlsFields = () => ({
  caFile: certificateFile()
    .optional()
    .describe('File with the certificates (PEM) to trust instead of the well-known ones.'),
  certFile: certificateFile()
    .optional()
    .describe("File with the service's own certificate (PEM), for servers that require one."),
  keyFile: keyFile().optional().describe('File with the key of that certificate (PEM).'),
  insecure: z.boolean().default(false).describe('Trust any certificate. For tests only.'),
});

type ClientTlsSettings = {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly insecure: boolean;
};

/** Rejects a certificate without its key, the reverse, and a key of another certificate. */
export function rejectHalfCertificate(
  { certFile, keyFile }: ClientTlsSettings,
  context: z.RefinementCtx,
): void {
  const reject = (key: string, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (certFile !== undefined && keyFile === undefined) reject('keyFile', 'the key of certFile');
  if (certFile === undefined && keyFile !== undefined) {
    reject('certFile', 'the certificate of keyFile');
  }
  if (certFile === undefined || keyFile === undefined || fits(certFile, keyFile)) return;
  reject('keyFile', 'the key of the certificate in certFile');
}

/** A file that cannot be read has been rejected already. */
function fits(certFile: string, keyFile: string): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(certFile));
    return certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
  } catch {
    return true;
  }
}

/** Content of the files, for `tls.connect`. */
export function readClientTls({ caFile, certFile, keyFile, insecure }: ClientTlsSettings) {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile, 'utf8') }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile, 'utf8') }),
    rejectUnauthorized: !insecure,
  };
}

export type ClientTls = ReturnType<typeof readClientTls>;
