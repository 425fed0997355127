import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Networks without public addresses, from the registries of special-purpose addresses (RFC 6890 and
 * IANA's additions), with multicast.
 */
const v4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

const v6: readonly (readonly [string, number])[] = [
  // Unspecified, loopback, and the old form of an IPv4 address as an IPv6 one.
  ['::', 96],
  // IPv4 addresses in the form for translators.
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  // Protocols, among them Teredo, whose addresses contain an IPv4 address.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const list = new BlockList();
for (const [address, bits] of v4) {
  // Node finds an IPv4 address that is written as `::ffff:127.0.0.1` among these too.
  list.addSubnet(address, bits, 'ipv4');
  const groups = inGroups(address);
  // The forms of NAT64 gateways and 6to4.
  list.addSubnet(`64:ff9b::${groups}`, 96 + bits, 'ipv6');
  list.addSubnet(`2002:${groups}::`, 16 + bits, 'ipv6');
}
for (const [address, bits] of v6) list.addSubnet(address, bits, 'ipv6');

/** `127.0.0.1` → `7f00:1`. */
function inGroups(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** True for an address in one of these networks, and for any text that is no IP address. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return list.check(address, 'ipv4');
  if (!isIPv6(address)) return true;
  return list.check(address.replace(/%.*$/, ''), 'ipv6');
}

/** True for a URL whose host is such an address, without a look-up of names. */
export function hasPrivateHost(url: string): boolean {
  const host = (URL.parse(url)?.hostname ?? '').replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (isIPv4(host) || isIPv6(host)) return isPrivateAddress(host);
  return isLocalName(host);
}

/** True for the addresses and the name of this machine. */
export const isLoopbackHost = (host: string): boolean =>
  isIPv4(host) ? host.startsWith('127.') : host === '::1' || isLocalName(host);

const isLocalName = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');
