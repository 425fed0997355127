import type { RecordFormat } from '../../../contract/metrics/records.ts';
import { ByteQueue } from './byte-queue.ts';

/** One record as it was sent, without what delimits it. */
export type Frame = { readonly format: RecordFormat; readonly bytes: Buffer };

/** Thrown where the bytes of a connection have no end that could be found. */
export class BrokenFraming extends Error {
  readonly reason: 'malformed' | 'too-large';

  constructor(reason: BrokenFraming['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Divides the bytes of a connection into frames, however they are fragmented. The first byte shows
 * what the client sends:
 *
 *   0 to 8      pickles behind their length in 4 bytes (Python's SocketHandler)
 *   {           JSON, one object on each line
 *   <           syslog (RFC 5424), one message on each line
 *   1 to 9      syslog behind its length in digits and a space (octet counting, RFC 6587)
 */
export class Frames {
  readonly #queue = new ByteQueue();
  readonly #maxBytes: number;
  #divide: Divider | undefined;
  /** Bytes of the beginning in which no line end was found. */
  #searched = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#queue.length;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** The next complete frame. Throws `BrokenFraming`. */
  next(): Frame | undefined {
    if (this.#queue.length === 0) return undefined;
    this.#divide ??= this.#dividerFor(this.#queue.peek(1)[0] ?? 0);
    return this.#divide();
  }

  /** What is left when the client has ended: a last line needs no line end. */
  last(): Frame | undefined {
    const rest = this.#queue.length;
    if (rest === 0) return undefined;
    if (this.#divide === this.#json) return { format: 'json', bytes: this.#queue.take(rest) };
    if (this.#divide === this.#syslogLine)
      return { format: 'syslog', bytes: this.#queue.take(rest) };
    throw new BrokenFraming('malformed', 'the connection ended within a record');
  }

  #dividerFor(first: number): Divider {
    if (first <= 8) return this.#pickle;
    if (first === openingBrace) return this.#json;
    if (first === lessThan) return this.#syslogLine;
    if (first >= one && first <= nine) return this.#counted;
    throw new BrokenFraming('malformed', 'neither pickles, JSON lines nor syslog');
  }

  #pickle = (): Frame | undefined => {
    if (this.#queue.length < 4) return undefined;
    const length = this.#queue.peek(4).readUInt32BE();
    this.#limit(length);
    if (this.#queue.length < 4 + length) return undefined;
    this.#queue.take(4);
    return { format: 'pickle', bytes: this.#queue.take(length) };
  };

  #json = (): Frame | undefined => this.#line('json');
  #syslogLine = (): Frame | undefined => this.#line('syslog');

  /** Empty lines are skipped. */
  #line(format: RecordFormat): Frame | undefined {
    for (;;) {
      const end = this.#queue.indexOf(newline, this.#searched);
      this.#limit(end < 0 ? this.#queue.length : end);
      this.#searched = end < 0 ? this.#queue.length : 0;
      if (end < 0) return undefined;
      const bytes = this.#queue.take(end + 1).subarray(0, end);
      if (bytes.length > 0 && !(bytes.length === 1 && bytes[0] === carriageReturn)) {
        return { format, bytes };
      }
    }
  }

  #counted = (): Frame | undefined => {
    const head = this.#queue.peek(maxCountDigits + 1);
    const space = head.indexOf(0x20);
    const digits = head.toString('latin1', 0, space < 0 ? head.length : space);
    if (!/^[1-9]\d*$/.test(digits)) {
      throw new BrokenFraming('malformed', 'a syslog message does not begin with its length');
    }
    if (space < 0 && head.length <= maxCountDigits) return undefined;
    const length = Number(digits);
    this.#limit(space < 0 ? Number.POSITIVE_INFINITY : length);
    if (this.#queue.length < space + 1 + length) return undefined;
    this.#queue.take(space + 1);
    return { format: 'syslog', bytes: this.#queue.take(length) };
  };

  #limit(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw new BrokenFraming('too-large', `a record has more than ${this.#maxBytes} bytes`);
  }
}

type Divider = () => Frame | undefined;

const [newline, carriageReturn, openingBrace, lessThan, one, nine] = [
  10, 13, 0x7b, 0x3c, 0x31, 0x39,
];
const maxCountDigits = 9;
