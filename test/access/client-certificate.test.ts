import { describe, expect, it } from '@jest/globals';
import { alternativeNames } from '../../service/access/client-certificate.ts';

describe('alternativeNames', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['DNS:a.example', ['a.example']],
    [
      'DNS:a.example, URI:spiffe://b/c, email:d@e, IP Address:1.2.3.4',
      ['a.example', 'spiffe://b/c', 'd@e', '1.2.3.4'],
    ],
    // Other kinds of names are ignored.
    ['othername:<unsupported>, DNS:a', ['a']],
    ['DirName:"CN = x, DNS:admin", DNS:a', ['a']],
    // Node quotes what could be taken for the next name.
    ['email:"a, DNS:admin"', []],
    ['email:"a\\", DNS:admin"', []],
    ['DNS:"a, DNS:admin", DNS:b', ['b']],
  ])('of %j are %j', (text, names) => {
    expect(alternativeNames(text)).toEqual(names);
  });
});
