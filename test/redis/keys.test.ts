import { describe, expect, it } from '@jest/globals';
import {
  componentKeyOf,
  instanceKeyOf,
  subscriberKeyOf,
  subscriberTime,
} from '../../service/redis/keys.ts';

describe('instanceKeyOf', () => {
  it('differs for parts that contain colons', () => {
    const one = instanceKeyOf({ name: 'a:b', version: 'c', instance: 'd' });
    const other = instanceKeyOf({ name: 'a', version: 'b:c', instance: 'd' });
    expect([one, other]).toEqual(['instance:a%3Ab:c:d', 'instance:a:b%3Ac:d']);
  });

  it('has a key for half of a surrogate pair', () => {
    expect(instanceKeyOf({ name: '\ud800', version: '1', instance: 'i' })).toBe(
      'instance:%EF%BF%BD:1:i',
    );
  });
});

describe('componentKeyOf', () => {
  it('has the name and the version', () => {
    expect(componentKeyOf({ name: 'Orion', version: '1.0' })).toBe('component:Orion:1.0');
  });
});

describe('subscriberKeyOf', () => {
  const version = 'pipeline-heartbeat';
  const times = { timestampMs: 0, receivedAtMs: 0 };

  it.each([
    [{ name: 'host', version, instance: 'sda-doa' }, 'service:sda-doa:ok'],
    [{ name: 'consumer', version, instance: 'a', status: 'not_ok' as const }, 'service:a:not_ok'],
    [{ name: 'queue', version, instance: 'in:box' }, 'queue:in:box:ok'],
    [{ name: 'publisher', version, instance: 'publisher' }, undefined],
    [{ name: 'queue', version: '1.0', instance: 'i-1' }, 'service:queue:ok'],
  ])('of %j is %j', (heartbeat, key) => {
    expect(subscriberKeyOf({ ...heartbeat, ...times })).toBe(key);
  });
});

describe('subscriberTime', () => {
  it('has the form of the publisher', () => {
    expect(subscriberTime(Date.UTC(2026, 10, 30, 10))).toBe('2026-11-30 10:00:00 UTC');
  });
});
