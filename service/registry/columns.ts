import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';

/** Places of the doubles in the row of an instance. */
export const field = {
  lastHeardMs: 0,
  receivedAtMs: 1,
  lastSeq: 2,
  stateSinceMs: 3,
  firstSeenMs: 4,
  id: 5,
} as const;
export const fieldNames = [
  'lastHeardMs',
  'receivedAtMs',
  'lastSeq',
  'stateSinceMs',
  'firstSeenMs',
  'id',
] as const;

const rowBytes = 64;
const componentWord = 12;
const textWord = 13;
const intervalWord = 14;
const stateByte = 60;
const flagsByte = 61;
const clockByte = 62;

/**
 * One row by ref of 64 bytes, which is one cache line: among a million instances a heartbeat costs
 * one cache miss and not one for each column.
 *
 *   six doubles (see `field`) · component · text · interval in ms, 32 bits each · state · flags ·
 *   whether something is known of the sender's clock
 */
export class Columns {
  readonly #buffer = growingBuffer(rowBytes);
  readonly #doubles = new Float64Array(this.#buffer);
  readonly #words = new Uint32Array(this.#buffer);
  readonly #bytes = new Uint8Array(this.#buffer);

  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void {
    makeRoom(this.#buffer, refs * rowBytes);
  }

  read(ref: number, place: number): number {
    return this.#doubles[ref * 8 + place] ?? 0;
  }

  write(ref: number, place: number, value: number): void {
    this.#doubles[ref * 8 + place] = value;
  }

  component(ref: number): number {
    return this.#words[ref * 16 + componentWord] ?? 0;
  }

  setComponent(ref: number, component: number): void {
    this.#words[ref * 16 + componentWord] = component;
  }

  /** Handle of the instance's own part of its identity; 0 where no instance is known. */
  text(ref: number): number {
    return this.#words[ref * 16 + textWord] ?? 0;
  }

  setText(ref: number, text: number): void {
    this.#words[ref * 16 + textWord] = text;
  }

  /** Kept to the millisecond. */
  intervalSeconds(ref: number): number {
    return (this.#words[ref * 16 + intervalWord] ?? 0) / 1_000;
  }

  setIntervalSeconds(ref: number, seconds: number): void {
    this.#words[ref * 16 + intervalWord] = Math.round(seconds * 1_000);
  }

  state(ref: number): number {
    return this.#bytes[ref * rowBytes + stateByte] ?? 0;
  }

  setState(ref: number, state: number): void {
    this.#bytes[ref * rowBytes + stateByte] = state;
  }

  flags(ref: number): number {
    return this.#bytes[ref * rowBytes + flagsByte] ?? 0;
  }

  setFlags(ref: number, flags: number): void {
    this.#bytes[ref * rowBytes + flagsByte] = flags;
  }

  hasClock(ref: number): boolean {
    return this.#bytes[ref * rowBytes + clockByte] === 1;
  }

  setHasClock(ref: number, hasClock: boolean): void {
    this.#bytes[ref * rowBytes + clockByte] = hasClock ? 1 : 0;
  }
}
