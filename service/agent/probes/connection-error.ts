import { codeOf, errorText, notOk, type ProbeResult, unknown } from './probe.ts';

/**
 * Errors of this machine rather than of the target: no file descriptors, no local port, no memory,
 * no network, no resolver.
 */
const localErrors: ReadonlySet<string> = new Set([
  ...['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'ENETUNREACH', 'ENETDOWN'],
  ...['EAI_AGAIN', 'EAI_MEMORY', 'EACCES', 'EPERM', 'ERR_SOCKET_BAD_PORT', 'ABORT_ERR'],
]);

/** Result of a connection that failed. */
export function connectionResult(error: unknown): ProbeResult {
  const code = codeOf(error);
  const isLocal = code === undefined || localErrors.has(code);
  return isLocal ? unknown(errorText(error)) : notOk(errorText(error));
}
