import { isIPv4 } from 'node:net';
import { readAccess } from './access-file.ts';
import type { Settings } from './schema.ts';

export type AccessFault = {
  readonly place: readonly string[];
  readonly given: string;
  readonly expected: string;
};

/** What is wrong with who may come in: nobody is let in by an oversight. */
export function accessFaults({
  auth,
  http,
  profiles: { hbtd },
}: Pick<Settings, 'auth' | 'http' | 'profiles'>): AccessFault[] {
  const hbtdHost = hbtd.enabled && !hbtd.open ? hbtd.host : undefined;
  return [
    ...openFaults(auth),
    ...hostFaults(auth, ['http', 'host'], http.host),
    ...(hbtdHost === undefined ? [] : hostFaults(auth, ['profiles', 'hbtd', 'host'], hbtdHost)),
    ...listFaults(auth),
  ];
}

/** Whether anybody has to show anything. */
export const asksForTokens = ({ tokens, tokensFile }: Settings['auth']): boolean =>
  tokens.length > 0 || tokensFile !== undefined;

function openFaults(auth: Settings['auth']): AccessFault[] {
  if (!auth.open || !asksForTokens(auth)) return [];
  const expected = 'false, while tokens say who may come in';
  return [{ place: ['auth', 'open'], given: 'true', expected }];
}

function hostFaults(auth: Settings['auth'], place: readonly string[], host: string): AccessFault[] {
  if (auth.open || asksForTokens(auth) || isLoopback(host)) return [];
  const expected =
    'an address of this machine alone (127.0.0.1, ::1, localhost), or tokens in auth.tokensFile ' +
    '(`ge-heartbeat token new` makes one), or auth.open=true (HEARTBEAT_AUTH_OPEN=true), which ' +
    'lets everybody do everything who reaches the service';
  return [{ place, given: JSON.stringify(host), expected }];
}

function listFaults(auth: Settings['auth']): AccessFault[] {
  const reading = readAccess(auth);
  if (reading.kind === 'access') return [];
  const place = ['auth', auth.tokensFile === undefined ? 'tokens' : 'tokensFile'];
  return reading.problems.map((given) => ({
    place,
    given,
    expected: 'tokens, each with an id of its own',
  }));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
