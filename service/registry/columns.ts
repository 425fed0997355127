import { growingBuffer, makeRoom } from './growing-buffer.ts';

/** The numbers that are kept of an instance, by their place in its row. */
export const field = {
  lastHeardMs: 0,
  receivedAtMs: 1,
  lastSeq: 2,
  intervalSeconds: 3,
  stateSinceMs: 4,
  firstSeenMs: 5,
  id: 6,
} as const;
export const fieldNames = [
  'lastHeardMs',
  'receivedAtMs',
  'lastSeq',
  'intervalSeconds',
  'stateSinceMs',
  'firstSeenMs',
  'id',
] as const;

/**
 * A row by ref of 64 bytes, which is one cache line: among a million instances a heartbeat costs
 * one miss and not one for each column.
 *
 *   seven doubles (see `field`) · component, 32 bits · state, 8 bits · flags, 8 bits · unused
 */
export type Columns = {
  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void;
  read(ref: number, place: number): number;
  write(ref: number, place: number, value: number): void;
  component(ref: number): number;
  setComponent(ref: number, component: number): void;
  state(ref: number): number;
  setState(ref: number, state: number): void;
  flags(ref: number): number;
  setFlags(ref: number, flags: number): void;
};

const rowBytes = 64;
const componentWord = 14;
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
