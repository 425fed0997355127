import { describe, expect, it } from '@jest/globals';
import {
  hasPrivateHost,
  isPrivateAddress,
} from '../../../service/contract/address/private-address.ts';

const privates = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  // 127.0.0.1 and 10.0.0.1 behind a NAT64 gateway and by 6to4.
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  // In a Teredo address, and as translators write it.
  '2001:0:7f00:1::',
  '::ffff:0:127.0.0.1',
  // Set aside for protocols and for documents.
  '192.88.99.1',
  '2001:2::1',
  '3fff::1',
  '5f00::1',
  'no address',
];

const publics = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '128.0.0.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '2606:4700::1111',
  '2001:200::1',
  '2001:4860:4860::8888',
  '::ffff:1.1.1.1',
  '64:ff9b::1.1.1.1',
  '2002:101:101::1',
];

describe('isPrivateAddress', () => {
  it.each(privates)('knows that %s is', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });
  it.each(publics)('knows that %s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

describe('hasPrivateHost', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'https://[::1]:8443/x',
    'http://[::ffff:7f00:1]/',
    'http://localhost:80/',
    'http://LOCALHOST./',
    'http://hooks.localhost/',
  ])('sees through %s', (url) => {
    expect(hasPrivateHost(url)).toBe(true);
  });

  it.each(['https://hooks.example.org/', 'http://localhost.example.org', 'http://1.1.1.1/'])(
    'allows %s, which needs a lookup of the name',
    (url) => {
      expect(hasPrivateHost(url)).toBe(false);
    },
  );
});
