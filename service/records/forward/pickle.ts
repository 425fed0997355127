/** Values that `pickleDict` writes. */
type Picklable = string | number | boolean | null;

const maxUint8 = 0xff;
const maxUint16 = 0xffff;

/**
 * Pickle, protocol 1, of a dictionary of plain values: what `logging.handlers.SocketHandler` sends.
 * A number without a fraction is an int, if it fits into 32 bits, and a long otherwise.
 */
export function pickleDict(values: Readonly<Record<string, Picklable>>): Buffer {
  const items = Object.entries(values).flatMap(([key, value]) => [textOf(key), bytesOf(value)]);
  return Buffer.concat([Buffer.from('}('), ...items, Buffer.from('u.')]);
}

function bytesOf(value: Picklable): Buffer {
  if (value === null) return Buffer.from('N');
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'boolean') return Buffer.from(value ? 'I01\n' : 'I00\n');
  return Number.isSafeInteger(value) ? integerOf(value) : doubleOf(value);
}

function textOf(text: string): Buffer {
  const bytes = Buffer.from(text.toWellFormed());
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('X'), length, bytes]);
}

function integerOf(value: number): Buffer {
  if (value >= 0 && value <= maxUint8) return Buffer.from([0x4b, value]);
  if (value >= 0 && value <= maxUint16) return Buffer.from([0x4d, value & 0xff, value >> 8]);
  if (Math.abs(value) > 0x7fff_ffff) return Buffer.from(`L${value}L\n`);
  const bytes = Buffer.alloc(5, 'J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}
