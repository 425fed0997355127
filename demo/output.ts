import type { Writable } from 'node:stream';
import Table from 'cli-table3';

/** Prints a line: the local time, what kind of thing happened, and what. */
export type Print = (kind: string, text: string, atMs?: number) => void;

export const createPrint =
  (output: Writable): Print =>
  (kind, text, atMs = Date.now()) => {
    const time = new Date(atMs).toTimeString().slice(0, 8);
    output.write(`${time}  ${kind.padEnd(15)}  ${text}\n`);
  };

const borders = ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
  ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, '']),
);

/** A table without borders and colours; columns after the first two hold numbers. */
export function plainTable(head: readonly string[], rows: readonly (string | number)[][]): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < 2 ? 'left' : 'right')),
    chars: Object.fromEntries(borders),
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0, compact: true },
  });
  table.push(...rows);
  return table.toString();
}

/** 1 heartbeat, 2 heartbeats. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
