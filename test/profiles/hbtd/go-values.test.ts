import { describe, expect, it } from '@jest/globals';
import { goNumber, readFields, readStrings } from '../../../service/profiles/hbtd/go-values.ts';

const read = (text: string) => {
  const result = readStrings(Buffer.from(text), ['Status', 'Timestamp'] as const);
  if (result.kind !== 'strings') return result;
  return { Status: result.text('Status'), Timestamp: result.text('Timestamp') };
};

describe('readStrings', () => {
  it.each([
    ['{"Status":"ok","Timestamp":"now"}', { Status: 'ok', Timestamp: 'now' }],
    ['{"STATUS":"ok","timeStamp":"now"}', { Status: 'ok', Timestamp: 'now' }],
    ['{"Status":"ok","status":"late"}', { Status: 'late', Timestamp: '' }],
    ['{"Status":null,"other":1}', { Status: '', Timestamp: '' }],
    ['{"Status":"ok","status":null}', { Status: 'ok', Timestamp: '' }],
    ['null', { Status: '', Timestamp: '' }],
    ['{"Status":1}', { kind: 'wrong-type', name: 'Status', names: ['Status'] }],
    [
      '{"Timestamp":[],"Status":{}}',
      { kind: 'wrong-type', name: 'Status', names: ['Status', 'Timestamp'] },
    ],
    ['{"timestamp":false}', { kind: 'wrong-type', name: 'Timestamp', names: ['Timestamp'] }],
    ['', { kind: 'malformed' }],
    ['[]', { kind: 'malformed' }],
    ['"ok"', { kind: 'malformed' }],
    ['7', { kind: 'malformed' }],
    ['{"Status":"ok"} and more', { kind: 'malformed' }],
    ['{"Status":', { kind: 'malformed' }],
  ])('reads %s', (text, expected) => expect(read(text)).toEqual(expected));

  it('reads no bytes that are no text', () => {
    const bytes = Buffer.from([...Buffer.from('{"Status":"'), 0xff, ...Buffer.from('"}')]);
    expect(readFields(bytes)).toBeUndefined();
  });
});

describe('goNumber', () => {
  it.each([
    ['0', 0n],
    ['35', 35n],
    ['0x10', 16n],
    ['0XfF', 255n],
    ['010', 8n],
    ['0o17', 15n],
    ['0b101', 5n],
    ['1_000', 1_000n],
    ['0x_1f', 31n],
    ['00', 0n],
    ['08', undefined],
    ['0x', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    [' 1', undefined],
    ['1__0', undefined],
    ['_1', undefined],
    ['', undefined],
    ['ten', undefined],
  ])('reads "%s" as %s', (text, value) => expect(goNumber(text)).toBe(value));

  it('gives up long nonsense at once', () => {
    const began = performance.now();
    expect(goNumber(`0${'7'.repeat(60)}x`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
