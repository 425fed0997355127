import { describe, expect, it } from '@jest/globals';
import { readJsonBody } from '../../service/ingest/json-body.ts';

const read = (body: string | Buffer, maxItems = 10_000) =>
  readJsonBody(typeof body === 'string' ? Buffer.from(body) : body, maxItems);

function itemsOf(body: string | Buffer, maxItems?: number) {
  const result = read(body, maxItems);
  if (result.kind !== 'items') throw new Error(JSON.stringify(result));
  return result;
}

const kindOf = (body: string | Buffer, maxItems?: number) => read(body, maxItems).kind;
const bom = '\ufeff';

describe('readJsonBody', () => {
  it.each([
    ['an object', '{"a":1}', [{ a: 1 }], true],
    ['white space around it', ' \r\n\t{"a":1}\n ', [{ a: 1 }], true],
    ['a BOM before it', `${bom}{"a":1}`, [{ a: 1 }], true],
    ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }], false],
    ['an array of one', '[{"a":1}]', [{ a: 1 }], false],
    ['an empty array', '[]', [], false],
    ['a number', '1', [1], true],
    ['null', 'null', [null], true],
    ['text beyond ASCII', '{"a":"日本語 👩‍🚀"}', [{ a: '日本語 👩‍🚀' }], true],
    ['NDJSON', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }], false],
    ['NDJSON with CRLF', '{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }], false],
    ['NDJSON with blank lines', '\n\n{"a":1}\n \n\r\n{"a":2}', [{ a: 1 }, { a: 2 }], false],
    ['NDJSON with a BOM', `${bom}{"a":1}\n{"a":2}`, [{ a: 1 }, { a: 2 }], false],
  ])('reads %s', (_, body, items, isSingle) => {
    expect(read(body)).toEqual({
      kind: 'items',
      items,
      isSingle,
      duplicates: new Map(),
      malformed: new Map(),
    });
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \r\n\t '],
    ['a BOM', bom],
    ['two BOMs', `${bom}${bom}{}`],
    ['text', 'alive'],
    ['a form', 'name=orion&version=1'],
    ['XML', '<heartbeat/>'],
    ['a single quote', "{'a':1}"],
    ['a comment', '{"a":1} // alive'],
    ['a comma too many', '{"a":1,}'],
    ['NaN', '{"a":NaN}'],
    ['an object cut short', '{"a":1'],
    ['two objects on a line', '{"a":1}{"a":2}'],
    ['a broken object of many lines', '{\n"a": 1\n"b": 2\n}'],
    ['a broken array of many lines', '[\n{"a":1}\n{"a":2}\n]'],
    ['a raw control character in a string', '{"a":"\u0001"}'],
    ['a NUL', '\u0000'],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['Latin-1', Buffer.from('{"a":"ü"}', 'latin1')],
    ['a sequence cut short', Buffer.from('{"a":"ü"}').subarray(0, 7)],
    ['an overlong sequence', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0x00])],
  ])('calls %s malformed', (_, body) => {
    expect(read(body)).toEqual({ kind: 'malformed', detail: expect.any(String) });
  });

  it('says which lines of NDJSON are not JSON, and reads the others', () => {
    const { items, malformed } = itemsOf('{"a":1}\n{"a":\n\nnonsense\n{"a":2}\n');
    expect(items).toEqual([{ a: 1 }, undefined, undefined, { a: 2 }]);
    expect([...malformed.keys()]).toEqual([1, 2]);
  });

  it('parses no more lines after 1,000 that are not JSON', () => {
    const bad = '{"a":\n';
    expect(kindOf(`{}\n${bad.repeat(999)}`)).toBe('items');
    expect(read(`{}\n${bad.repeat(1_000)}`)).toEqual({
      kind: 'malformed',
      detail: expect.stringMatching(/^1000 lines are not JSON, the first of them is line 2: /),
    });
    const startedAt = process.cpuUsage();
    read(`{}\n${bad.repeat(9_999)}`);
    read('{\n'.repeat(500_000));
    // Each line that is parsed costs some microseconds.
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(100);
  });

  it('explains objects whose line breaks are lost', () => {
    const text = '{"a":1,"meta":{"b":"c"}}';
    const detail = expect.stringContaining('--data-binary @file');
    expect(read(text + text)).toEqual({ kind: 'malformed', detail });
    expect(read(`${text} ${text}`)).toEqual({ kind: 'malformed', detail });
    expect(read(`${text},`)).toEqual({
      kind: 'malformed',
      detail: expect.not.stringContaining('curl'),
    });
  });

  it('finds keys that stand twice in objects, arrays and lines', () => {
    const twice = '{"na\\u006de":"a","name":"b"}';
    expect([...itemsOf(twice).duplicates]).toEqual([[0, '.name']]);
    expect([...itemsOf(`[{},${twice}]`).duplicates]).toEqual([[1, '.name']]);
    expect([...itemsOf(`{}\n${twice}\n${twice}`).duplicates]).toEqual([
      [1, '.name'],
      [2, '.name'],
    ]);
    expect([...itemsOf('{"meta":{"a":"b","a":"c"}}').duplicates]).toEqual([[0, '.meta.a']]);
  });

  it('keeps the digits of nanoseconds', () => {
    const ns = '1795150800123999999';
    const expected = [{ timestamp: ns }];
    expect(itemsOf(`{"timestamp":${ns}}`).items).toEqual(expected);
    expect(itemsOf(`[{"timestamp":${ns}},{"timestamp":1795150800}]`).items).toEqual([
      ...expected,
      { timestamp: 1_795_150_800 },
    ]);
    expect(itemsOf(`{"timestamp":${ns}}\n{"timestamp":${ns}}`).items).toEqual([
      ...expected,
      ...expected,
    ]);
  });

  it('leaves other numbers that are too long as numbers', () => {
    const long = '99999999999999999999';
    const body = `{"name":${long},"timestamp":1795150800123999999,"meta":{"timestamp":${long}}}`;
    expect(itemsOf(body).items).toEqual([
      { name: 1e20, timestamp: '1795150800123999999', meta: { timestamp: 1e20 } },
    ]);
    expect(itemsOf('{"timestamp":1e400}').items).toEqual([{ timestamp: Number.POSITIVE_INFINITY }]);
    const digits = '9'.repeat(1_000_000);
    expect(itemsOf(`{"timestamp":${digits}}`).items).toEqual([
      { timestamp: Number.POSITIVE_INFINITY },
    ]);
  });

  it('takes keys with a meaning in JavaScript as data', () => {
    const [item] = itemsOf('{"__proto__":{"admin":true},"timestamp":1795150800123999999}').items;
    expect(Object.hasOwn(Object(item), '__proto__')).toBe(true);
    expect(Object(item).admin).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  it('counts items beyond what is allowed without looking at them', () => {
    expect(read('[1,2,3]', 2)).toEqual({ kind: 'too-many', count: 3 });
    expect(read('{}\n{}\n{}', 2)).toEqual({ kind: 'too-many', count: 3 });
    expect(kindOf('[1,2]', 2)).toBe('items');
    expect(kindOf('{}\n{}', 2)).toBe('items');
  });

  const levels = 500_000;
  const arrays = '['.repeat(levels) + ']'.repeat(levels);
  const objects = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const broken = '{\n'.repeat(levels);
  it.each([
    ['arrays', arrays, 'items'],
    [
      'arrays beside a number that needs its digits',
      `{"timestamp":${2 ** 60},"x":${arrays}}`,
      'items',
    ],
    ['arrays left open', '['.repeat(levels), 'malformed'],
    ['objects', objects, 'items'],
    ['objects with a key twice', `{"x":1,"x":${objects}}`, 'items'],
    ['objects left open', '{"a":'.repeat(levels), 'malformed'],
    ['lines that are not JSON', broken, 'malformed'],
    ['lines that are not JSON, after one that is', `{}\n${broken}`, 'too-many'],
    ['heartbeats', `[${'{},'.repeat(levels)}{}]`, 'too-many'],
    ['keys', `{${Array.from({ length: levels }, (_, n) => `"${n}":0`).join()}}`, 'items'],
  ])('neither fails nor dwells on half a million %s', (_, body, kind) => {
    const before = process.threadCpuUsage();
    expect(kindOf(body)).toBe(kind);
    const { user, system } = process.threadCpuUsage(before);
    // In microseconds of this thread, so that other work on the machine does not count. A tenth of
    // this here; the quadratic or exception-ridden ways of reading take far more.
    expect(user + system).toBeLessThan(3_000_000);
  });
});
