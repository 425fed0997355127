import { growingBuffer, makeRoom } from '../runtime/collections/growing-buffer.ts';

/** The numbers that are kept of an instance as doubles, by their place in its row. */
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

/**
 * A row by ref of 64 bytes, which is one cache line: among a million instances a heartbeat costs
 * one miss and not one for each column.
 *
 *   six doubles (see `field`) · component · text · interval in ms, 32 bits each · state · flags
 */
export type Columns = {
  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void;
  read(ref: number, place: number): number;
  write(ref: number, place: number, value: number): void;
  component(ref: number): number;
  setComponent(ref: number, component: number): void;
  /** Where the instance's own part of its identity is; 0 where no instance is known. */
  text(ref: number): number;
  setText(ref: number, text: number): void;
  /** Kept to the millisecond. */
  intervalSeconds(ref: number): number;
  setIntervalSeconds(ref: number, seconds: number): void;
  state(ref: number): number;
  setState(ref: number, state: number): void;
  flags(ref: number): number;
  setFlags(ref: number, flags: number): void;
};

const rowBytes = 64;
const componentWord = 12;
const textWord = 13;
const intervalWord = 14;
const stateByte = 60;
const flagsByte = 61;

export function createColumns(): Columns {
  const buffer = growingBuffer(rowBytes);
  const doubles = new Float64Array(buffer);
  const words = new Uint32Array(buffer);
  const bytes = new Uint8Array(buffer);

  return {
    makeRoom: (refs) => makeRoom(buffer, refs * rowBytes),
    read: (ref, place) => doubles[ref * 8 + place] ?? 0,
    write(ref, place, value) {
      doubles[ref * 8 + place] = value;
    },
    component: (ref) => words[ref * 16 + componentWord] ?? 0,
    setComponent(ref, component) {
      words[ref * 16 + componentWord] = component;
    },
    text: (ref) => words[ref * 16 + textWord] ?? 0,
    setText(ref, text) {
      words[ref * 16 + textWord] = text;
    },
    intervalSeconds: (ref) => (words[ref * 16 + intervalWord] ?? 0) / 1_000,
    setIntervalSeconds(ref, seconds) {
      words[ref * 16 + intervalWord] = Math.round(seconds * 1_000);
    },
    state: (ref) => bytes[ref * rowBytes + stateByte] ?? 0,
    setState(ref, state) {
      bytes[ref * rowBytes + stateByte] = state;
    },
    flags: (ref) => bytes[ref * rowBytes + flagsByte] ?? 0,
    setFlags(ref, flags) {
      bytes[ref * rowBytes + flagsByte] = flags;
    },
  };
}
