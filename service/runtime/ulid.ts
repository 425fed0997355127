import { randomBytes } from 'node:crypto';

/**
 * ULIDs (github.com/ulid/spec): 48 bits of time and 80 of chance in 26 characters that sort as the
 * bits do.
 *
 * Not the library's: its monotonic factory holds on to the latest time when it is given an earlier
 * one, and here the time is that of an event, whatever came before.
 */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const latestMs = 2 ** 48 - 1;

/** Makes ids for a time; those made in a row for one millisecond sort as they were made. */
export function createUlids(random: () => Uint8Array = () => randomBytes(10)) {
  let lastMs = -1;
  let chance = 0n;
  return (atMs: number): string => {
    const ms = Math.min(latestMs, Math.max(0, Math.floor(atMs)));
    chance = ms === lastMs ? chance + 1n : chanceOf(random());
    lastMs = ms;
    return ulidTime(ms) + encode(chance, 16);
  };
}

/** What the ids of a time begin with: it sorts between those of earlier times and its own. */
export const ulidTime = (atMs: number): string =>
  encode(BigInt(Math.min(latestMs, Math.max(0, Math.floor(atMs)))), 10);

export const isUlid = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);

/** The highest bit stays free, so that counting up within a millisecond never overflows. */
function chanceOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) & ((1n << 79n) - 1n);
}

function encode(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest >>= 5n) {
    text = alphabet.charAt(Number(rest & 31n)) + text;
  }
  return text;
}
