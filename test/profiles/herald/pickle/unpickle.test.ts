import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RefusedPickle } from '../../../../service/profiles/herald/pickle/machine.ts';
import { unpickle } from '../../../../service/profiles/herald/pickle/unpickle.ts';
import { pickleDict } from '../../../../service/records/forward/pickle.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));

function reasonOf(pickle: Buffer): string | undefined {
  try {
    unpickle(pickle);
    return undefined;
  } catch (error) {
    return error instanceof RefusedPickle ? error.reason : String(error);
  }
}

const plain = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
);

describe('unpickle', () => {
  it('reads what pickleDict writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), plain), (dictionary) => {
        expect(unpickle(pickleDict(dictionary))).toEqual(new Map(Object.entries(dictionary)));
      }),
    );
  });

  it.each([
    ['a text of protocol 0', bytes("S'caf\\xc3\\xa9\\n'\n."), 'café\n'],
    ['a Unicode text of protocol 0', bytes('V\\u20ac \\U0001f600\n.'), '€ 😀'],
    ['true of Python 2', bytes('I01\n.'), true],
    ['a long of protocol 1', bytes('L140282021231488L\n.'), 140_282_021_231_488],
    [
      'a long of more bits than a double has',
      bytes('L9007199254740993L\n.'),
      9_007_199_254_740_993n,
    ],
    ['a negative LONG1', bytes([0x8a, 2, 0x00, 0xff], '.'), -256],
    ['an empty LONG1', bytes([0x8a, 0], '.'), 0],
    ['a negative BININT', bytes('J', [0xff, 0xff, 0xff, 0xff], '.'), -1],
    ['a tuple of three', bytes('K', [1], 'K', [2], 'K', [3], [0x87], '.'), [1, 2, 3]],
    ['a list with a reference', bytes(']', 'q', [0], '(', 'K', [1], 'h', [0], 'e.'), undefined],
    ['a frame of protocol 4', bytes([0x80, 4, 0x95, 3, 0, 0, 0, 0, 0, 0, 0, 0x8c, 1], 'a.'), 'a'],
  ])('reads %s', (_title, pickle, expected) => {
    const value = unpickle(pickle);
    if (expected !== undefined) expect(value).toEqual(expected);
    else expect(Array.isArray(value) && value[1] === value).toBe(true);
  });

  it('makes own items of names that objects inherit', () => {
    const value = unpickle(bytes('}(U', [9], '__proto__K', [1], 'u.'));
    expect(value).toEqual(new Map([['__proto__', 1]]));
  });

  it.each(
    'c i o b R \x81 \x92 \x93 \x82 \x83 \x84 P Q'.split(' ').map((code) => [code.charCodeAt(0)]),
  )('refuses the operation %d, which makes other than plain data', (code) => {
    expect(reasonOf(bytes('}', [code], 'module\nname\n.'))).toBe('not-plain-data');
  });

  it.each([
    ['nothing', bytes()],
    ['no end', bytes('}')],
    ['two values', bytes('NN.')],
    ['bytes behind its end', bytes('N.N')],
    ['a text that is shorter than its length', bytes('X', [255, 0, 0, 0], 'short.')],
    ['a negative length', bytes('T', [255, 255, 255, 255], 'x.')],
    ['a reference without a value', bytes('h', [7], '.')],
    ['a mark without values', bytes('t.')],
    ['a key without a value', bytes('}(K', [1], 'u.')],
    ['an item of a number', bytes('K', [1], 'K', [2], 'K', [3], 's.')],
    ['a number of very many digits', bytes(`L${'9'.repeat(1_000)}L\n.`)],
    ['a number that is none', bytes('Iabc\n.')],
    ['a long of very many bytes', bytes([0x8b, 0, 1, 0, 0], 'x'.repeat(256), '.')],
    ['a character that does not exist', bytes('V\\U7fffffff\n.')],
  ])('refuses a pickle with %s', (_title, pickle) => {
    expect(reasonOf(pickle)).toBe('malformed');
  });

  it('refuses or reads any bytes, and never fails otherwise', () => {
    const numRuns = Number(process.env['FUZZ_REQUESTS'] ?? 20_000);
    const codes = fc.constantFrom(...'NIJKMLFGSTUVXBC]ael)td}su02(1ghjpqr.\x80\x88\x8a\x8c\x94cRb');
    const soup = fc
      .array(
        fc.oneof(
          { weight: 4, arbitrary: codes },
          { arbitrary: fc.string({ maxLength: 6 }), weight: 1 },
        ),
      )
      .map((parts) => Buffer.from(`${parts.join('')}.`, 'latin1'));
    const mutated = fc
      .tuple(fc.dictionary(fc.string(), plain), fc.nat(), fc.nat(255))
      .map(([dictionary, at, byte]) => {
        const pickle = Buffer.from(pickleDict(dictionary));
        pickle[at % pickle.length] = byte;
        return pickle;
      });
    fc.assert(
      fc.property(fc.oneof(soup, mutated, fc.uint8Array().map(Buffer.from)), (pickle) => {
        expect([undefined, 'malformed', 'not-plain-data']).toContain(reasonOf(pickle));
      }),
      { numRuns },
    );
  });
});
