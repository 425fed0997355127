import { readAccess } from '../config/access-file.ts';
import type { Config } from '../config/schema.ts';
import type { DependencyHealth } from '../contract/health.ts';
import { fingerprint, watchFiles } from '../runtime/file-watch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Credentials } from './credentials.ts';

/** The service's own TLS certificate, as far as it concerns access. */
export type RenewableCertificate = {
  /** Reads its files again; false if they are unusable, which changes nothing. */
  renew(): boolean;
  validToMs(): number;
};

/** Tokens and certificates that are read again while the service runs. */
type Reload = {
  /** Reads everything again; unusable files change nothing. */
  reload(): void;
  /** Reloads when a file changes, until `signal` aborts. */
  watch(signal: AbortSignal): Promise<void>;
  health(): DependencyHealth;
};

const watchEveryMs = 2_000;

/** Reads tokens and certificates for the first time, and again on demand. */
export function createReload(
  config: Config,
  parts: { credentials: Credentials; certificate: RenewableCertificate | undefined },
  { clock, log, metrics }: Runtime,
): Reload {
  const { auth } = config;
  const { credentials, certificate } = parts;
  const files = reloadedFiles(config);
  const asRead = fingerprint(files);
  let isStale = false;

  function readTokens(): boolean {
    const reading = readAccess(auth);
    if (reading.kind === 'access') {
      credentials.replace(reading.access);
      return true;
    }
    const { problems } = reading;
    log.error({ problems, file: auth.tokensFile }, 'the tokens cannot be used: the old ones stay');
    return false;
  }

  function reload(): void {
    isStale = [readTokens(), certificate?.renew() ?? true].includes(false);
    metrics.reloads.inc({ result: isStale ? 'failure' : 'success' });
    if (isStale) return;
    log.info({ tokens: credentials.list().length }, 'tokens and certificates were reloaded');
  }

  readTokens();
  return {
    reload,
    watch: (signal) =>
      watchFiles({ files, asRead, everyMs: watchEveryMs, onChange: reload, clock, signal }),
    health() {
      const detail = 'the last reload failed, see the log: the previous credentials stay in force';
      return {
        status: isStale ? 'down' : 'up',
        detail: isStale ? detail : undefined,
        entries: credentials.list().length,
        certificateEnds: certificate && new Date(certificate.validToMs()).toISOString(),
      };
    },
  };
}

/** The files that may change while the service runs. */
export function reloadedFiles({ auth, http: { tls } }: Config): string[] {
  const files = [auth.tokensFile, tls.certFile, tls.keyFile, tls.clientCaFile];
  return files.filter((file) => file !== undefined);
}
