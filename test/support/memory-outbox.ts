import type { Batch, DeadLetter, OutboxReader } from '../../service/contract/outbox.ts';

/**
 * An outbox in memory that is as strict as the real one, and stricter about its reader. The durable
 * state is apart from the state of a process, and a process can crash.
 */
export type MemoryOutbox<T> = {
  /** State on disk. */
  readonly durable: {
    readonly records: T[];
    cursor: number;
    readonly deadLetters: DeadLetter<T>[];
  };
  append(...records: T[]): void;
  /** The reader of a process that starts now. */
  open(): OutboxReader<T>;
  /** Ends the process: its open settles fail. */
  crash(): void;
  /** Runs before each commit of a settle: rejects to fail it, waits to be slow. */
  beforeCommit: () => Promise<void>;
  /** Runs before each read: throws to fail it. */
  beforeRead: () => void;
  /** Number of listeners for appends. */
  listeners(): number;
  /** The requested positions, committed or not. */
  readonly settles: number[];
  /** Calls that a reader must never make. */
  readonly violations: string[];
};

export function createMemoryOutbox<T>(): MemoryOutbox<T> {
  const durable: MemoryOutbox<T>['durable'] = { records: [], cursor: 0, deadLetters: [] };
  const settles: number[] = [];
  const violations: string[] = [];
  let listeners = new Set<() => void>();
  let processes = 0;

  const check = (holds: boolean, otherwise: string): void => {
    if (!holds) violations.push(otherwise);
  };

  const outbox: MemoryOutbox<T> = {
    durable,
    settles,
    violations,
    beforeCommit: () => Promise.resolve(),
    beforeRead: () => undefined,
    listeners: () => listeners.size,
    append(...records) {
      durable.records.push(...records);
      for (const listener of listeners) listener();
    },
    crash() {
      processes += 1;
      listeners = new Set();
    },
    open() {
      const process = processes;
      let settling = 0;
      return {
        get cursor() {
          return durable.cursor;
        },
        get head() {
          return durable.records.length;
        },
        read(afterSeq, limit): Batch<T> {
          outbox.beforeRead();
          check(afterSeq >= durable.cursor, `read behind the cursor: after ${afterSeq}`);
          check(limit > 0, `read of ${limit} records`);
          return {
            firstSeq: afterSeq + 1,
            records: durable.records.slice(afterSeq, afterSeq + limit),
          };
        },
        async settle(seq, deadLetters) {
          settles.push(seq);
          settling += 1;
          check(settling === 1, 'two settles at the same time');
          try {
            await outbox.beforeCommit();
            if (process !== processes) throw new Error('this process is gone');
            checkSettle(seq, deadLetters);
            durable.cursor = seq;
            durable.deadLetters.push(...deadLetters);
          } finally {
            settling -= 1;
          }
        },
        onAppend(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      };
    },
  };

  const checkSettle = (seq: number, deadLetters: readonly DeadLetter<T>[]): void => {
    const { cursor, records } = durable;
    check(seq > cursor && seq <= records.length, `the cursor was to move from ${cursor} to ${seq}`);
    for (const letter of deadLetters) {
      check(letter.seq > cursor && letter.seq <= seq, `dead letter ${letter.seq} is not passed`);
      check(
        letter.record === records[letter.seq - 1],
        `dead letter ${letter.seq} is another record`,
      );
    }
  };

  return outbox;
}
