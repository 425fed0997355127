import type { BrokerAddress } from './address.ts';

/**
 * Why a connection could not be opened. The library does not pass on why the broker closes the
 * connection when it is to open the virtual host; the causes of that are these.
 */
export function connectFault(error: unknown, { url }: BrokerAddress): string {
  const detail = detailOf(error);
  if (!/^Expected ConnectionOpenOk; got <ConnectionClose/.test(detail)) return detail;
  const name = decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
  return `the broker refuses the virtual host ${name}: it does not exist, or the user may not use it`;
}

/** What is wrong, in one line: the message of the library, or of the system. */
export function detailOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(detailOf).join('; ');
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
