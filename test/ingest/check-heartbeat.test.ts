import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkHeartbeat } from '../../service/ingest/check-heartbeat.ts';

const receivedAtMs = Date.UTC(2026, 0, 31, 12);
const receipt = { receivedAtMs, maxFutureMs: 300_000 };
const good = { name: 'orion', version: '3.10.1', instance: 'c1' };

const heartbeatOf = (candidate: unknown) => {
  const check = checkHeartbeat(candidate, '$', receipt);
  if (check.kind === 'invalid') throw new Error(JSON.stringify(check.errors));
  return check.heartbeat;
};

const pathsAtFault = (candidate: unknown, path = '$') => {
  const check = checkHeartbeat(candidate, path, receipt);
  return check.kind === 'invalid' ? check.errors.map((error) => error.path) : [];
};

/** Values beside a short name for each, for the title of its test. */
const titled = (cases: readonly (readonly [field: string, value: unknown])[]) =>
  cases.map(([field, value]) => {
    const text = JSON.stringify(value) ?? String(value);
    const title = text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text;
    return [field, title, value] as const;
  });

describe('checkHeartbeat', () => {
  it('takes the three parts of an identity and stamps the time of receipt', () => {
    expect(heartbeatOf(good)).toEqual({ ...good, timestampMs: receivedAtMs, receivedAtMs });
  });

  it('takes all that a heartbeat can have', () => {
    const all = { timestamp: 1_700_000_000, interval: 30.5, status: 'stopping', meta: { a: 'b' } };
    expect(heartbeatOf({ ...good, ...all })).toEqual({
      ...good,
      timestampMs: 1_700_000_000_000,
      receivedAtMs,
      intervalSeconds: 30.5,
      status: 'stopping',
      meta: { a: 'b' },
    });
  });

  it('takes a status that is not ok, with a message in one line of limited length', () => {
    const status = 'not_ok' as const;
    expect(heartbeatOf({ ...good, status })).toMatchObject({ status });
    expect(heartbeatOf({ ...good, status })).not.toHaveProperty('message');
    const message = ' disk\r\n\tfull\u202e ';
    expect(heartbeatOf({ ...good, status, message }).message).toBe('disk full');
    expect(heartbeatOf({ ...good, status, message: '🚀'.repeat(501) }).message).toBe(
      '🚀'.repeat(500),
    );
    expect(heartbeatOf({ ...good, status, message: '\n' })).not.toHaveProperty('message');
    expect(pathsAtFault({ ...good, status, message: 5 })).toEqual(['$.message']);
  });

  it('ignores a message beside another status, of any type', () => {
    const plain = { ...good, timestampMs: receivedAtMs, receivedAtMs };
    expect(heartbeatOf({ ...good, message: 5 })).toEqual(plain);
    expect(heartbeatOf({ ...good, status: 'ok', message: 'text' })).toEqual(plain);
  });

  it('keeps nothing of what is null, not known, or says nothing new', () => {
    const nothing = { timestamp: null, interval: null, status: null, meta: null, other: [1] };
    const plain = { ...good, timestampMs: receivedAtMs, receivedAtMs };
    expect(heartbeatOf({ ...good, ...nothing })).toEqual(plain);
    expect(heartbeatOf({ ...good, status: 'ok' })).toEqual(plain);
  });

  it.each(
    titled([
      ['name', 'ü'],
      ['name', '日本語'],
      ['name', '👩‍🚀'],
      ['name', '🚀'.repeat(255)],
      ['name', 'x'.repeat(255)],
      ['name', `<>{}=,'"\\;&%`],
      ['version', '0'],
      ['instance', '__proto__'],
      ['interval', 1],
      ['interval', 604_800],
      ['meta', {}],
      ['meta', Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`k${n}`, 'v']))],
      ['meta', { ['k'.repeat(255)]: '' }],
      ['meta', { note: 'two\nlines' }],
      ['meta', { x: 'v'.repeat(2048 - '{"x":""}'.length) }],
      ['meta', { toJSON: 'x' }],
    ]),
  )('takes as %s: %s', (field, _, value) => {
    expect(pathsAtFault({ ...good, [field]: value })).toEqual([]);
  });

  it.each(
    titled([
      ...['name', 'version', 'instance'].flatMap((field) =>
        [
          undefined,
          null,
          '',
          1,
          true,
          {},
          ['orion'],
          'x'.repeat(256),
          '🚀'.repeat(256),
          'x'.repeat(1_000_000),
          'a\u0000b',
          'a\nb',
          'a\u007fb',
          'a\u0085b',
          '\ud800',
        ].map((value): [string, unknown] => [field, value]),
      ),
      ['timestamp', 'yesterday'],
      ['timestamp', ''],
      ['timestamp', -1],
      ['timestamp', {}],
      ['interval', 0.999],
      ['interval', 604_801],
      ['interval', '30'],
      ['interval', -30],
      ['interval', Number.POSITIVE_INFINITY],
      ['interval', []],
      ['status', 'OK'],
      ['status', ''],
      ['status', 1],
      ['status', 'down'],
      ['meta', 'text'],
      ['meta', ['a']],
      ['meta', { a: 1 }],
      ['meta', { a: null }],
      ['meta', { a: {} }],
      ['meta', { '': 'empty key' }],
      ['meta', { ['k'.repeat(256)]: 'v' }],
      ['meta', { '\ud800': 'v' }],
      ['meta', { a: '\udc00' }],
      ['meta', { x: 'v'.repeat(2049 - '{"x":""}'.length) }],
      ['meta', Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v']))],
    ]),
  )('refuses as %s: %s', (field, _, value) => {
    expect(pathsAtFault({ ...good, [field]: value })).toEqual([`$.${field}`]);
  });

  it.each([[null], [undefined], [1], ['text'], [true], [[]], [[good]]])(
    'refuses %p in place of an object',
    (value) => {
      expect(pathsAtFault(value, '$[4]')).toEqual(['$[4]']);
    },
  );

  it('names every field at fault, where it stands', () => {
    const check = checkHeartbeat({ name: 7, interval: 'often', meta: [] }, '$[2]', receipt);
    expect(check).toMatchObject({
      kind: 'invalid',
      errors: [
        { path: '$[2].name', got: '7' },
        { path: '$[2].version', got: 'nothing' },
        { path: '$[2].instance', got: 'nothing' },
        { path: '$[2].interval', expected: 'a number of seconds from 1 to 604800', got: '"often"' },
        { path: '$[2].meta', got: 'an array' },
      ],
    });
  });

  it.each([
    ['as far ahead as is allowed', 300_000, false],
    ['a millisecond further', 300_001, true],
    ['ahead by years', 1e12, true],
    ['in the past', -1e12, false],
  ])('of a timestamp %s keeps the time that can be true', (_, aheadMs, isSkewed) => {
    const timestamp = receivedAtMs + aheadMs;
    expect(checkHeartbeat({ ...good, timestamp }, '$', receipt)).toMatchObject({
      kind: 'valid',
      isSkewed,
      heartbeat: { timestampMs: isSkewed ? receivedAtMs : timestamp, receivedAtMs },
    });
  });

  it.each([
    ' ',
    ' orion',
    'orion ',
    '\u00a0orion',
    'orion\u3000',
    '\ufefforion',
    'or\u202eion',
    'or\u2066ion',
  ])('rejects the name %j: white space at its ends, bidirectional formatting', (name) => {
    for (const field of ['name', 'version', 'instance']) {
      expect(pathsAtFault({ ...good, [field]: name })).toEqual([`$.${field}`]);
    }
    const check = checkHeartbeat({ ...good, name }, '$', receipt);
    expect(check).toMatchObject({
      errors: [
        {
          expected:
            'a string of 1 to 255 characters, none of them control characters or bidirectional ' +
            'formatting characters, without white space at its ends',
        },
      ],
    });
  });

  it('accepts white space within a name, and text from right to left', () => {
    for (const name of ['my orion', 'اوريون', 'x']) {
      expect(heartbeatOf({ ...good, name }).name).toBe(name);
    }
  });

  it('shows how far a clock is behind or ahead when it says when the heartbeat was sent', () => {
    const offsets = (sentAgoMs: number, ageMs: number) => {
      const sentAt = receivedAtMs - sentAgoMs;
      return heartbeatOf({ ...good, sentAt, timestamp: sentAt - ageMs });
    };
    expect(offsets(1_200_000, 0)).toMatchObject({
      timestampMs: receivedAtMs - 1_200_000,
      clockOffsetMs: 1_200_000,
    });
    expect(offsets(-3_600_000, 600_000)).toMatchObject({
      timestampMs: receivedAtMs - 600_000,
      clockOffsetMs: -3_600_000,
    });
    expect(offsets(0, 1_200_000)).toMatchObject({ clockOffsetMs: 0 });
    expect(offsets(100, 20_000)).not.toHaveProperty('clockOffsetMs');
    expect(heartbeatOf({ ...good, sentAt: new Date(receivedAtMs).toISOString() })).toEqual({
      ...good,
      timestampMs: receivedAtMs,
      receivedAtMs,
    });
    expect(heartbeatOf({ ...good, timestamp: receivedAtMs + 3_600_000 })).toMatchObject({
      timestampMs: receivedAtMs,
      clockOffsetMs: -3_600_000,
    });
    expect(pathsAtFault({ ...good, sentAt: 'yesterday' })).toEqual(['$.sentAt']);
  });

  it('is not fooled by keys with a meaning in JavaScript', () => {
    const inherited: unknown = JSON.parse(`{"__proto__":${JSON.stringify(good)}}`);
    expect(pathsAtFault(inherited)).toEqual(['$.name', '$.version', '$.instance']);
    const meta: unknown = JSON.parse('{"__proto__":"a","constructor":"b"}');
    expect(JSON.stringify(heartbeatOf({ ...good, meta }).meta)).toBe(JSON.stringify(meta));
  });

  it('checks any JSON value, and an accepted heartbeat survives being stored', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
    const fields = { name: part, version: part, instance: part, timestamp: fc.jsonValue() };
    const rest = {
      interval: fc.jsonValue(),
      status: fc.jsonValue(),
      meta: fc.jsonValue(),
      sentAt: fc.jsonValue(),
    };
    const candidate = fc.oneof(
      fc.jsonValue(),
      fc.record({ ...fields, ...rest }, { requiredKeys: [] }),
      fc.record(rest, { requiredKeys: [] }).map((more) => ({ ...good, ...more })),
    );
    fc.assert(
      fc.property(candidate, (value) => {
        const check = checkHeartbeat(value, '$', receipt);
        if (check.kind === 'invalid') expect(check.errors.length).toBeGreaterThan(0);
        else expect(JSON.parse(JSON.stringify(check.heartbeat))).toEqual(check.heartbeat);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('checkHeartbeat, of a heartbeat that a broker relayed', () => {
  const relayedOf = (fields: object, timestampMs?: number) => {
    const relayed = { ...receipt, relayed: { timestampMs } };
    const check = checkHeartbeat({ ...good, ...fields }, '$', relayed);
    if (check.kind === 'invalid') throw new Error(JSON.stringify(check.errors));
    return check.heartbeat;
  };
  const ago = (seconds: number) => receivedAtMs - seconds * 1_000;

  it('takes the time of the message where the heartbeat has none', () => {
    expect(relayedOf({}, ago(10)).timestampMs).toBe(ago(10));
    expect(relayedOf({ timestamp: ago(20) }, ago(10)).timestampMs).toBe(ago(20));
    expect(relayedOf({ sentAt: ago(30) }, ago(10)).timestampMs).toBe(ago(30));
    expect(relayedOf({}).timestampMs).toBe(receivedAtMs);
  });

  it('draws no conclusion about the clock from sentAt, unless it is ahead', () => {
    const waited = relayedOf({ timestamp: ago(1_200), sentAt: ago(1_200) });
    expect(waited).not.toHaveProperty('clockOffsetMs');
    expect(relayedOf({ timestamp: ago(-1_200) })).toMatchObject({
      timestampMs: receivedAtMs,
      clockOffsetMs: -1_200_000,
    });
  });

  it('marks what is older than a minute, because it may have waited', () => {
    expect(relayedOf({ timestamp: ago(61) }).mayHaveWaited).toBe(true);
    expect(relayedOf({ timestamp: ago(60) })).not.toHaveProperty('mayHaveWaited');
    expect(heartbeatOf({ ...good, timestamp: ago(61) })).not.toHaveProperty('mayHaveWaited');
  });
});
