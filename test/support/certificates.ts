import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as files. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

/** A certificate authority in a folder, made with the real openssl. */
export type Authority = {
  readonly caFile: string;
  /** Signs a certificate, with negative days one that has ended; files of the same name are replaced. */
  issue(
    file: string,
    subject: { commonName: string; alternativeNames?: string; days?: number },
  ): CertificateFiles;
};

export function createAuthority(folder: string, name = 'ca'): Authority {
  const at = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const [caFile, caKey] = [at(`${name}.pem`), at(`${name}.key`)];
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', caKey);
  const request = ['req', '-x509', '-new', '-key', caKey, '-subj', `/CN=${name}`, '-days', '2'];
  openssl(...request, '-out', caFile);

  return {
    caFile,
    issue(file, { commonName, alternativeNames, days = 1 }) {
      const [certFile, keyFile] = [at(`${file}.pem`), at(`${file}.key`)];
      const [newCert, newKey, csr] = [`${certFile}.new`, `${keyFile}.new`, at(`${file}.csr`)];
      openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', newKey);
      openssl('req', '-new', '-key', newKey, '-subj', `/CN=${commonName}`, '-out', csr);
      const extensions = at(`${file}.ext`);
      writeFileSync(extensions, alternativeNames ? `subjectAltName=${alternativeNames}\n` : '');
      const signing = [
        'x509',
        '-req',
        '-in',
        csr,
        '-CA',
        caFile,
        '-CAkey',
        caKey,
        '-CAcreateserial',
      ];
      openssl(...signing, '-days', String(days), '-extfile', extensions, '-out', newCert);
      renameSync(newKey, keyFile);
      renameSync(newCert, certFile);
      return { certFile, keyFile };
    },
  };
}
