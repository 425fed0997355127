import { describe, expect, it } from '@jest/globals';
import { findMonasca, monascaEndpoint } from '../../../service/monasca/keystone/catalog.ts';
import { endpoint } from '../../support/keystone-answer.ts';

const monitoring = {
  type: 'monitoring',
  endpoints: [
    endpoint('public', 'RegionOne', 'http://one:8070/v2.0'),
    endpoint('internal', 'RegionOne', 'http://one.internal:8070/v2.0'),
    endpoint('public', 'RegionTwo', 'http://two:8070/v2.0'),
  ],
};
const identity = { type: 'identity', endpoints: [endpoint('public', 'RegionOne', 'http://k/v3')] };
const catalog = [identity, monitoring];

describe('findMonasca', () => {
  it('goes by interface and region', () => {
    expect(findMonasca(catalog, { interface: 'public', region: 'RegionTwo' })).toEqual({
      kind: 'found',
      endpoint: 'http://two:8070/v2.0',
    });
    expect(findMonasca(catalog, { interface: 'internal', region: 'RegionOne' })).toEqual({
      kind: 'found',
      endpoint: 'http://one.internal:8070/v2.0',
    });
  });

  it('takes the first of any region where none is configured', () => {
    expect(findMonasca(catalog, { interface: 'public' })).toMatchObject({
      endpoint: 'http://one:8070/v2.0',
    });
  });

  it('knows a region by the older of its two names', () => {
    const old = [
      {
        type: 'monitoring',
        endpoints: [{ interface: 'public', region: 'R', region_id: null, url: 'http://m/' }],
      },
    ];
    expect(findMonasca(old, { interface: 'public', region: 'R' })).toMatchObject({
      endpoint: 'http://m/v2.0',
    });
  });

  it('says what it looked for and what Monasca has instead', () => {
    expect(findMonasca(catalog, { interface: 'admin', region: 'RegionOne' })).toEqual({
      kind: 'missing',
      detail:
        'the catalog has no admin endpoint of a monitoring service in region RegionOne; ' +
        'of monitoring it has public in RegionOne, internal in RegionOne, public in RegionTwo',
    });
  });

  it('says what there is where there is no Monasca', () => {
    expect(findMonasca([identity], { interface: 'public' })).toEqual({
      kind: 'missing',
      detail:
        'the catalog has no public endpoint of a monitoring service; it has the services identity',
    });
    expect(findMonasca([], { interface: 'public' })).toMatchObject({
      detail: expect.stringContaining('does the login name a project?'),
    });
  });

  it('does not take what is no URL', () => {
    const odd = [{ type: 'monitoring', endpoints: [endpoint('public', 'R', '$(host)s:8070')] }];
    expect(findMonasca(odd, { interface: 'public' })).toMatchObject({
      kind: 'missing',
      detail: expect.stringContaining('$(host)s:8070'),
    });
  });
});

describe('monascaEndpoint', () => {
  it.each([
    ['http://m:8070', 'http://m:8070/v2.0'],
    ['http://m:8070/', 'http://m:8070/v2.0'],
    ['http://m:8070/v2.0', 'http://m:8070/v2.0'],
    ['http://m:8070/v2.0/', 'http://m:8070/v2.0'],
    ['https://cloud.example/metrics', 'https://cloud.example/metrics/v2.0'],
  ])('of %s is %s', (url, expected) => {
    expect(monascaEndpoint(url)).toBe(expected);
  });
});
