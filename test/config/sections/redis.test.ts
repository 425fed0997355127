import { describe, expect, it } from '@jest/globals';
import { loadGood, problemsOf } from '../fixture.ts';

const given = (settings: Record<string, unknown>) => ({
  yaml: JSON.stringify({ destinations: { redis: settings } }),
});
const url = 'redis://redis.example.org:6379';

describe('destinations.redis', () => {
  it.each([url, `${url}/`, `${url}/15`, 'rediss://redis.example.org', 'redis://[::1]:6379'])(
    'accepts the address %s',
    (address) => {
      expect(loadGood(given({ url: address })).config.destinations.redis.url).toBe(address);
    },
  );

  it.each([
    ['another protocol', { url: 'http://redis.example.org:6379' }, 'url'],
    ['a login in the address', { url: 'redis://me:secret@redis.example.org' }, 'url'],
    ['options in the address', { url: `${url}?family=6` }, 'url'],
    ['a database that is no number', { url: `${url}/one` }, 'url'],
    ['no host', { url: 'redis://' }, 'url'],
    ['white space at the end', { url: `${url} ` }, 'url'],
    ['a name without a password', { url, username: 'me' }, 'password'],
    [
      'a certificate without its key',
      { url, certFile: 'test/fixtures/tls/certificate.pem' },
      'keyFile',
    ],
    ['a line end in the prefix', { url, prefix: 'a\nb' }, 'prefix'],
    ['a time of 0', { url, ttlSeconds: 0 }, 'ttlSeconds'],
  ])('rejects %s', (_, settings, key) => {
    const paths = problemsOf(given(settings)).map(({ path }) => path);
    expect(paths).toEqual([`destinations.redis.${key}`]);
  });

  it('reads the variables, and its secret from a file', () => {
    const env = {
      HEARTBEAT_DESTINATIONS_REDIS_URL: url,
      HEARTBEAT_DESTINATIONS_REDIS_PASSWORD: 'very-secret',
    };
    const { config, settings } = loadGood({ env });
    expect(config.destinations.redis).toMatchObject({ url, prefix: '', subscriberKeys: true });
    expect(config.destinations.redis.password?.reveal()).toBe('very-secret');
    expect(JSON.stringify(settings)).not.toContain('very-secret');
  });
});
