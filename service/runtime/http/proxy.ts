import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../../contract/address/private-address.ts';
import type { Secret } from '../../contract/values/secret.ts';

/** Forward proxies. Their addresses may contain a password. */
export type ProxySettings = {
  /** For targets with `http://`. */
  readonly http?: Secret | undefined;
  /** For targets with `https://`, through a tunnel. */
  readonly https?: Secret | undefined;
  /** Targets that are connected to directly, as in `NO_PROXY`. */
  readonly except?: string | undefined;
};

/** Whether requests to an address go through a proxy. As elsewhere, those to this machine do not. */
export function isProxied(url: string, { http, https, except = '' }: ProxySettings): boolean {
  const target = URL.parse(url);
  if (!target) return false;
  const proxy = target.protocol === 'https:' ? https : http;
  const host = hostOf(target);
  if (proxy === undefined || isLoopbackHost(host)) return false;
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return !except.split(/[\s,]+/).some((entry) => isMatching(entry.toLowerCase(), host, port));
}

/** Host of an address, without the brackets of IPv6 and the dot of a full name. */
export const hostOf = ({ hostname }: URL): string =>
  hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/**
 * An entry of `NO_PROXY` as curl and Go read it: `*`, an address, a network such as `10.0.0.0/8`, or a
 * name, which covers its subdomains too; a port may follow.
 */
function isMatching(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, bare, wanted] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const name = bracketed ?? bare ?? entry;
  if (isIP(host) > 0) return isWithin(host, name);
  const domain = name.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isWithin(address: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/');
  const kind = isIP(network);
  if (kind === 0 || kind !== isIP(address)) return false;
  const list = new BlockList();
  const family = kind === 4 ? 'ipv4' : 'ipv6';
  const most = kind === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > most) return false;
  list.addSubnet(network, length, family);
  return list.check(address, family);
}
