import type { DatabaseSync } from 'node:sqlite';
import type { Batch, DeadLetter, OutboxReader } from '../contract/outbox.ts';
import type { Clock } from '../runtime/clock.ts';
import { letterStatement } from './dead-letters.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statement } from './writer/writer.ts';

/** A durable, numbered log as its readers need it, however its table is made. */
export type Log<T> = {
  readonly stream: string;
  /** The number of the newest record on disk. */
  head(): number;
  read(afterSeq: number, limit: number): Batch<T>;
  /** What else is to be done in the commit that brings the slowest reader to `seq`. */
  passed(seq: number): Statement[];
  /** All readers are durably past the records up to `seq`. */
  settled(seq: number): void;
  /** A reader's dead letters became more. */
  lettersKept(reader: string): void;
};

export type StoreReader<T> = OutboxReader<T> & {
  /** What `settle` writes, for a commit that holds more than that. */
  settlement(seq: number, deadLetters: readonly DeadLetter<T>[]): Settlement;
};

export type Settlement = {
  readonly statements: readonly Statement[];
  /** To be called once the statements are on disk. */
  committed(): void;
};

/** `internal`: derives our own state from the log; nobody outside waits for it. */
export type ReaderKind = 'delivery' | 'internal';

/** The readers of one log, with their cursors. */
export type Readers<T> = {
  readonly size: number;
  /** A reader that is new to the log begins behind number `beginAfterSeq`. */
  open(name: string, beginAfterSeq: number, kind?: ReaderKind): StoreReader<T>;
  /** Those of earlier runs too. */
  names(): string[];
  /** Forgets a reader and its cursor. Throws `StoreUnavailable`. */
  dismiss(name: string): Promise<void>;
  /** Where new readers began: belongs into the next commit that appends; see `begun`. */
  beginnings(): readonly Statement[];
  /** The beginnings are on disk. */
  begun(beginnings: readonly Statement[]): void;
  /** The least cursor of those that deliver; the head when there is none. */
  slowestDelivery(): number;
  /** Those that deliver and have not come to `seq`, with their cursors. */
  before(seq: number): readonly (readonly [name: string, cursor: number])[];
  /** The greatest cursor; 0 when there is no reader. */
  furthest(): number;
  onAppend(listener: () => void): () => void;
  /** To be called after each commit that appended. */
  appended(): void;
};

export function createReaders<T>(
  log: Log<T>,
  { reading, commits, clock }: { reading: DatabaseSync; commits: GroupCommit; clock: Clock },
): Readers<T> {
  const { stream } = log;
  const cursors = new Map<string, number>();
  const internal = new Set<string>();
  const listeners = new Set<() => void>();
  let beginnings: Statement[] = [];
  /** Asked at each append: kept, and found anew when a cursor moves. */
  let slowestDelivery = Number.POSITIVE_INFINITY;
  // Readers of earlier runs count too: one that is not there this time may be back the next, and
  // what was acknowledged waits for it.
  for (const row of reading.prepare(sql.known).all(stream)) {
    setCursor(String(row['reader']), Number(row['seq']));
  }

  function setCursor(name: string, seq: number | undefined): void {
    if (seq === undefined) cursors.delete(name);
    else cursors.set(name, seq);
    slowestDelivery = Math.min(...delivering().map(([, cursor]) => cursor));
  }

  function delivering(): [string, number][] {
    return [...cursors].filter(([name]) => !internal.has(name));
  }

  const slowestOnceSettled = (name: string, seq: number) =>
    Math.min(log.head(), ...[...cursors].map(([other, cursor]) => (other === name ? seq : cursor)));

  function onAppend(listener: () => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  function settlement(name: string, seq: number, letters: readonly DeadLetter<T>[]): Settlement {
    return {
      statements: [
        [sql.cursor, stream, name, seq],
        ...letters.map((letter) => letterStatement(stream, name, letter, clock.now())),
        ...log.passed(slowestOnceSettled(name, seq)),
      ],
      committed() {
        setCursor(name, seq);
        log.settled(slowestOnceSettled(name, seq));
        if (letters.length > 0) log.lettersKept(name);
      },
    };
  }

  return {
    get size() {
      return cursors.size;
    },
    names: () => [...cursors.keys()],
    async dismiss(name) {
      await commits.write([[sql.dismiss, stream, name]]);
      beginnings = beginnings.filter(([, , reader]) => reader !== name);
      setCursor(name, undefined);
    },
    open(name, beginAfterSeq, kind = 'delivery') {
      const known = cursors.get(name);
      if (kind === 'internal') internal.add(name);
      if (known === undefined) beginnings.push([sql.begin, stream, name, beginAfterSeq]);
      setCursor(name, known ?? beginAfterSeq);
      return {
        get cursor() {
          return cursors.get(name) ?? 0;
        },
        get head() {
          return log.head();
        },
        read: log.read,
        settlement: (seq, deadLetters) => settlement(name, seq, deadLetters),
        async settle(seq, deadLetters) {
          const { statements, committed } = settlement(name, seq, deadLetters);
          await commits.write(statements);
          committed();
        },
        onAppend,
      };
    },
    beginnings: () => [...beginnings],
    begun(written) {
      beginnings = beginnings.filter((one) => !written.includes(one));
    },
    slowestDelivery: () => Math.min(log.head(), slowestDelivery),
    before: (seq) => delivering().filter(([, cursor]) => cursor < seq),
    furthest: () => Math.max(0, ...cursors.values()),
    onAppend,
    appended() {
      for (const listener of listeners) listener();
    },
  };
}

const sql = {
  known: 'SELECT reader, seq FROM cursors WHERE stream = ?',
  dismiss: 'DELETE FROM cursors WHERE stream = ? AND reader = ?',
  begin: 'INSERT INTO cursors (stream, reader, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  cursor: `INSERT INTO cursors (stream, reader, seq) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET seq = excluded.seq`,
};
