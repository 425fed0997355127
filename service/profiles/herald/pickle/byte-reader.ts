/** Thrown when fewer bytes are left than are read. */
export class EndOfBytes extends Error {}

const newline = 0x0a;

/** Reads a buffer from its beginning to its end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  /** A double as pickles have it, most significant byte first. */
  double(): number {
    return this.#bytes.readDoubleBE(this.#advance(8));
  }

  take(length: number): Buffer {
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Text up to a line end, which is read too. */
  line(): string {
    const end = this.#bytes.indexOf(newline, this.#at);
    if (end < 0) throw new EndOfBytes();
    const line = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return line;
  }

  #advance(count: number): number {
    if (!(count >= 0 && count <= this.left)) throw new EndOfBytes();
    const from = this.#at;
    this.#at += count;
    return from;
  }
}
