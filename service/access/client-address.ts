import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { createNetworkMatcher } from '../contract/address/networks.ts';

/** Part of a request by which it is authorized: its headers and its connection. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/**
 * Finds the address of a request's client. That is the other end of the connection, unless it is a
 * trusted proxy: then it is the last address in X-Forwarded-For that is no trusted proxy. Earlier
 * addresses in that header can be forged.
 */
export function createAddressOf(
  trustedProxies: readonly string[],
): (request: RequestHead) => string {
  if (trustedProxies.length === 0) return ({ socket }) => plain(socket.remoteAddress ?? '');
  const isTrusted = createNetworkMatcher(trustedProxies);
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    for (const hop of forwarded.reverse()) {
      if (!isTrusted(address)) break;
      const before = plain(hop.trim());
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** Removes brackets and port, which some proxies add, and the IPv6 form of an IPv4 address. */
function plain(address: string): string {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address;
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare)?.[1] ?? bare;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutPort)?.[1] ?? withoutPort;
}

/** Key by which addresses are counted: a client with one IPv6 address has a whole network. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
}
