import type { ByteReader } from './byte-reader.ts';

/** Tuples are lists here, and bytes are texts. */
export type PlainValue = string | number | bigint | boolean | null | PlainList | PlainDict;
export type PlainList = PlainValue[];
export type PlainDict = Map<PlainValue, PlainValue>;

/** Thrown for a pickle that is not read. */
export class RefusedPickle extends Error {
  readonly reason: 'malformed' | 'not-plain-data';

  constructor(reason: RefusedPickle['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** Stack, marks and memo, as Python's pickletools describes them. */
export class Machine {
  readonly bytes: ByteReader;
  #stack: PlainValue[] = [];
  readonly #marked: PlainValue[][] = [];
  readonly #memo = new Map<number, PlainValue>();

  constructor(bytes: ByteReader) {
    this.bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#stack.length === 0 && this.#marked.length === 0;
  }

  push(value: PlainValue): void {
    this.#stack.push(value);
  }

  pop(): PlainValue {
    const value = this.#stack.pop();
    if (value === undefined) throw malformed('a value is missing');
    return value;
  }

  top(): PlainValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw malformed('a value is missing');
    return value;
  }

  mark(): void {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  /** Values since the last mark. */
  popMark(): PlainValue[] {
    const before = this.#marked.pop();
    if (!before) throw malformed('a mark is missing');
    const values = this.#stack;
    this.#stack = before;
    return values;
  }

  remember(key: number): void {
    this.#memo.set(key, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw malformed('a reference has no value');
    this.push(value);
  }
}

export const malformed = (detail: string) => new RefusedPickle('malformed', detail);
