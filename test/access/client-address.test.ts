import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createAddressOf, networkOf } from '../../service/access/client-address.ts';

/** A request from an address, with what proxies and others have written into it. */
function requestFrom(remoteAddress: string, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  return request;
}

describe('createAddressOf', () => {
  const proxies = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'];

  it.each([
    ['203.0.113.5', undefined, '203.0.113.5'],
    ['::ffff:203.0.113.5', undefined, '203.0.113.5'],
    // The header of an untrusted client is ignored.
    ['203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['fd12::1', '2001:db8::1', '2001:db8::1'],
    // What the client wrote itself stands before what the proxy saw.
    ['10.1.2.3', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '198.51.100.1, 192.0.2.7, 10.9.9.9', '198.51.100.1'],
    ['10.1.2.3', '10.7.7.7, 10.8.8.8', '10.7.7.7'],
    ['10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['10.1.2.3', '198.51.100.123:80', '198.51.100.123'],
    ['::ffff:10.1.2.3x', '198.51.100.1', '::ffff:10.1.2.3x'],
    ['10.1.2.3', '::FFFF:198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '[2001:db8::1]:4711', '2001:db8::1'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '198.51.100.1, nonsense', '10.1.2.3'],
    ['10.1.2.3', ' , ,', '10.1.2.3'],
  ])('of %s with %j is %s', (remote, forwarded, address) => {
    expect(createAddressOf(proxies)(requestFrom(remote, forwarded))).toBe(address);
  });

  it('ignores the header where no proxy is trusted', () => {
    expect(createAddressOf([])(requestFrom('10.1.2.3', '198.51.100.1'))).toBe('10.1.2.3');
  });
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.5', '203.0.113.5'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5::', '2001:db8:1:2::/64'],
    ['2001::1:2:3:4:5', '2001:0:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
