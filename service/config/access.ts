import { isIPv4 } from 'node:net';
import { type AccessReading, readAccess } from './access-file.ts';
import type { ConfigSettings } from './schema.ts';
import { readTls } from './tls-files.ts';

type AccessFault = {
  readonly place: readonly string[];
  readonly given?: string;
  readonly expected: string;
};

/** Faults in the settings of access: access is never open by mistake. */
export function accessFaults({
  auth,
  http,
  profiles: { hbtd, lvmbeat },
}: Pick<ConfigSettings, 'auth' | 'http' | 'profiles'>): AccessFault[] {
  const hostOf = ({ enabled, open, host }: Pick<typeof hbtd, 'enabled' | 'open' | 'host'>) =>
    enabled && !open ? host : undefined;
  const profileFaults = (name: 'hbtd' | 'lvmbeat', host: string | undefined) =>
    host === undefined ? [] : hostFaults(auth, ['profiles', name, 'host'], host);
  return [
    ...openFaults(auth),
    ...hostFaults(auth, ['http', 'host'], http.host),
    ...profileFaults('hbtd', hostOf(hbtd)),
    ...profileFaults('lvmbeat', hostOf(lvmbeat)),
    ...listFaults(readAccess(auth), auth),
    ...tlsFaults(auth, http.tls),
  ];
}

/** True where requests need a token or a certificate. */
export const requiresCredentials = ({
  tokens,
  tokensFile,
  certificates,
}: ConfigSettings['auth']): boolean =>
  tokens.length > 0 || certificates.length > 0 || tokensFile !== undefined;

function openFaults(auth: ConfigSettings['auth']): AccessFault[] {
  if (!auth.open || !requiresCredentials(auth)) return [];
  const expected = 'false, because tokens or certificates are configured';
  return [{ place: ['auth', 'open'], given: 'true', expected }];
}

function hostFaults(
  auth: ConfigSettings['auth'],
  place: readonly string[],
  host: string,
): AccessFault[] {
  if (auth.open || requiresCredentials(auth) || isLoopback(host)) return [];
  const expected =
    'a loopback address (127.0.0.1, ::1, localhost), or tokens in auth.tokensFile ' +
    '(`ge-heartbeat token new` makes one), or auth.open=true (HEARTBEAT_AUTH_OPEN=true), which ' +
    'allows every request that reaches the service';
  return [{ place, given: JSON.stringify(host), expected }];
}

function listFaults(reading: AccessReading, auth: ConfigSettings['auth']): AccessFault[] {
  if (reading.kind === 'access') return [];
  const place = ['auth', auth.tokensFile === undefined ? 'tokens' : 'tokensFile'];
  return reading.problems.map((given) => ({
    place,
    given,
    expected: 'tokens, each with an id of its own',
  }));
}

function tlsFaults(
  auth: ConfigSettings['auth'],
  tls: ConfigSettings['http']['tls'],
): AccessFault[] {
  const reading = readTls(tls);
  if (reading.kind === 'faults') {
    return reading.faults.map(({ key, expected }) => {
      const given = tls[key];
      const place = ['http', 'tls', key];
      return { place, ...(given === undefined ? {} : { given: JSON.stringify(given) }), expected };
    });
  }
  if (auth.certificates.length === 0 || tls.clientCaFile !== undefined) return [];
  const expected = 'a file with the authorities of the certificates in auth.certificates';
  return [{ place: ['http', 'tls', 'clientCaFile'], expected }];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
