import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readJsonRecord } from '../../../../service/profiles/herald/fields/json.ts';
import { readSyslogRecord } from '../../../../service/profiles/herald/fields/syslog.ts';

const json = (value: unknown) => readJsonRecord(Buffer.from(JSON.stringify(value)));
const syslog = (text: string) => readSyslogRecord(Buffer.from(text));
const noonMs = Date.parse('2026-11-30T12:00:00Z');

describe('readJsonRecord', () => {
  it.each([
    [
      'python-json-logger',
      { levelname: 'ERROR', name: 'shop.cart', message: 'no stock', exc_info: 'Traceback' },
      { level: 40, logger: 'shop.cart', message: 'no stock', exception: 'Traceback', fields: {} },
    ],
    [
      'structlog',
      {
        event: 'no stock',
        level: 'warning',
        logger: 'cart',
        timestamp: '2026-11-30T12:00:00Z',
        item: 7,
      },
      { level: 30, logger: 'cart', message: 'no stock', createdAtMs: noonMs, fields: { item: 7 } },
    ],
    [
      'the Elastic Common Schema',
      {
        '@timestamp': '2026-11-30T12:00:00.000Z',
        'log.level': 'error',
        message: 'no stock',
        'ecs.version': '1.6.0',
        log: { logger: 'cart' },
        service: { name: 'shop' },
        error: { stack_trace: 'at cart' },
      },
      {
        ...{ level: 40, logger: 'cart', message: 'no stock', createdAtMs: noonMs },
        exception: 'at cart',
        fields: { 'ecs.version': '1.6.0', 'service.name': 'shop' },
      },
    ],
    [
      'OpenTelemetry',
      {
        timeUnixNano: String(noonMs * 1e6),
        severityNumber: 17,
        severityText: 'oops',
        body: { stringValue: 'no stock' },
      },
      { level: 40, message: 'no stock', createdAtMs: noonMs, fields: { severityText: 'oops' } },
    ],
  ])('understands the names of %s', (_title, given, expected) => {
    expect(json(given)).toEqual(expected);
  });

  it('writes lists into one text, and bounds deep and wide objects', () => {
    expect(json({ message: 'm', tags: ['a', { b: 1 }] }).fields).toEqual({ tags: '[a, {b: 1}]' });
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}`, n]));
    expect(Object.keys(json({ message: 'm', ...wide }).fields).length).toBeLessThanOrEqual(100);
    const deep = JSON.parse(`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`);
    expect(json(deep).fields).toEqual({ 'a.a.a.a.a.a': expect.stringContaining('…') });
  });

  it.each(['no json', '[1]', '"text"', 'null'])('refuses %s', (text) => {
    expect(() => readJsonRecord(Buffer.from(text))).toThrow(/it is (not JSON|no JSON object)/);
  });

  it('reads any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(typeof json(value).message).toBe('string');
      }),
    );
  });
});

describe('readSyslogRecord', () => {
  it('reads the examples of RFC 5424', () => {
    expect(
      syslog("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed"),
    ).toEqual({
      message: "'su root' failed",
      level: 50,
      createdAtMs: Date.parse('2003-10-11T22:14:15.003Z'),
      logger: 'su',
      fields: { host: 'mymachine.example.com', application: 'su', kind: 'ID47', facility: 4 },
    });
    expect(
      syslog(
        '<165>1 2003-10-11T22:14:15.003Z h evntslog 42 ID47 [exampleSDID@32473 iut="3" eventID="10\\"11"][b@1 c="d"] \uFEFFAn event',
      ),
    ).toMatchObject({
      message: 'An event',
      level: 25,
      fields: {
        process: '42',
        'exampleSDID@32473.iut': '3',
        'exampleSDID@32473.eventID': '10"11',
        'b@1.c': 'd',
      },
    });
  });

  it.each([
    ['<34>Oct 11 22:14:15 mymachine su: old form', 'RFC 5424'],
    ['<999>1 - - - - - - text', 'above 191'],
    ['<34>1 - - - - - [broken text', 'structured data'],
  ])('refuses %s', (text, reason) => {
    expect(() => syslog(text)).toThrow(reason);
  });
});
