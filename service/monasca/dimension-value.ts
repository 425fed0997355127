import { createHash } from 'node:crypto';

/**
 * Value of a Monasca dimension for any text.
 *
 * Monasca rejects `< > = { } , " \ ; &`, and `'` according to its documentation; a `|` can be stored,
 * but not queried; control characters and halves of surrogate pairs break its backends. These
 * characters and `%` itself become `%` and two hexadecimal digits for each byte of UTF-8, as in a
 * URL. Different texts always have different values.
 *
 * A value may have 255 characters. A longer one is cut, with `%~` and the text's hash at its end: it
 * is unique too, but cannot be decoded. No other value contains `%~`.
 */
export function encodeDimensionValue(text: string): string {
  if (text.length <= maxCharacters && !forbidden.test(text)) return text;
  const encoded = text.replace(everyForbidden, percentEncoded);
  return encoded.length <= maxCharacters ? encoded : shortened(encoded, text);
}

/**
 * Text of a dimension value. Parts that are not encoded stay unchanged: another program may have
 * written the value, or it was cut.
 */
export function decodeDimensionValue(value: string): string {
  if (!value.includes('%')) return value;
  return value.replace(encodedCharacter, decodedCharacter);
}

const maxCharacters = 255;
const hashCharacters = 32;

const forbidden = /[\p{Cc}\p{Cs}%<>={},'"\\;&|]/u;
const everyForbidden = new RegExp(forbidden.source, 'gu');
/** ASCII; a control character beyond it; half of a surrogate pair. */
const encodedCharacter = /%[0-7][0-9A-F]|%C2%[89][0-9A-F]|%ED%[AB][0-9A-F]%[89AB][0-9A-F]/g;

/** A lone surrogate has no UTF-8; its three bytes follow the same scheme. */
function percentEncoded(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x80) return percentByte(code);
  if (code < 0x800) return percentByte(0xc0 | (code >> 6)) + percentByte(0x80 | (code & 0x3f));
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
    .map(percentByte)
    .join('');
}

function percentByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function shortened(encoded: string, text: string): string {
  const mark = `%~${createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, hashCharacters)}`;
  const beginning = encoded
    .slice(0, maxCharacters - mark.length)
    // Neither an encoded byte nor a surrogate pair may be cut in two.
    .replace(/%[0-9A-F]?$/, '')
    .replace(/[\uD800-\uDBFF]$/, '');
  return beginning + mark;
}

/** The decoded character, if it is one that `encodeDimensionValue` encodes. */
function decodedCharacter(encoded: string): string {
  const [first = 0, second = 0, third = 0] = Buffer.from(encoded.replaceAll('%', ''), 'hex');
  const character = String.fromCharCode(codeOf(first, second, third));
  return forbidden.test(character) ? character : encoded;
}

function codeOf(first: number, second: number, third: number): number {
  if (first < 0x80) return first;
  if (first < 0xe0) return ((first & 0x1f) << 6) | (second & 0x3f);
  return ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
}
