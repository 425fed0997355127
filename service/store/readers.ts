import type { DatabaseSync } from 'node:sqlite';
import type { Batch, DeadLetter, OutboxReader } from '../contract/outbox.ts';
import type { Clock } from '../runtime/clock.ts';
import { createDeadLetters, letterStatement } from './dead-letters.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Reads } from './reads.ts';
import type { Statement } from './writer/messages.ts';

/** A durable, numbered log as its readers need it, independent of its table. */
type NumberedLog<T> = {
  readonly stream: string;
  /** Number of the newest record on disk. */
  head(): number;
  read(afterSeq: number, limit: number): Batch<T>;
  /** Returns further statements for the commit that moves the slowest cursor to `seq`. */
  passed(seq: number): Statement[];
  /** All readers are durably past the records up to `seq`. */
  settled(seq: number): void;
};

export type StoreReader<T> = OutboxReader<T> & {
  /** The statements of `settle`, for a commit that holds more than them. */
  settlement(seq: number, deadLetters: readonly DeadLetter<T>[]): Settlement;
};

type Settlement = {
  readonly statements: readonly Statement[];
  /** To be called once the statements are on disk. */
  committed(): void;
};

/** `internal` readers derive our own state from the log; its depth does not depend on them. */
export type ReaderKind = 'delivery' | 'internal';

/** The readers of one log, with their cursors and dead letters. */
export class LogReaders<T> {
  /** The dead letters of all readers. */
  readonly letters: ReturnType<typeof createDeadLetters<T>>;

  readonly #log: NumberedLog<T>;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #cursors = new Map<string, number>();
  readonly #internal = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #beginnings: Statement[] = [];
  /** Kept, because each append reads it; computed again when a cursor moves. */
  #slowestDelivery = Number.POSITIVE_INFINITY;

  constructor(
    log: NumberedLog<T>,
    parts: { reading: DatabaseSync; reads: Reads; commits: GroupCommit; clock: Clock },
  ) {
    this.#log = log;
    this.#commits = parts.commits;
    this.#clock = parts.clock;
    this.letters = createDeadLetters<T>(log.stream, parts);
    // Readers of earlier runs count too: one that is missing this time may return with the next
    // start, and acknowledged records wait for it.
    for (const row of parts.reading.prepare(sql.known).all(log.stream)) {
      this.#setCursor(String(row['reader']), Number(row['seq']));
    }
  }

  get size(): number {
    return this.#cursors.size;
  }

  /** Names of the readers of this and of earlier runs. */
  names = (): string[] => [...this.#cursors.keys()];

  /** Opens a reader; one that is new to the log begins behind number `beginAfterSeq`. */
  open(name: string, beginAfterSeq: number, kind: ReaderKind = 'delivery'): StoreReader<T> {
    const known = this.#cursors.get(name);
    const log = this.#log;
    const cursors = this.#cursors;
    if (kind === 'internal') this.#internal.add(name);
    if (known === undefined) {
      this.#beginnings.push([sql.begin, log.stream, name, beginAfterSeq]);
    }
    this.#setCursor(name, known ?? beginAfterSeq);
    return {
      get cursor() {
        return cursors.get(name) ?? 0;
      },
      get head() {
        return log.head();
      },
      read: log.read,
      settlement: (seq, deadLetters) => this.#settlement(name, seq, deadLetters),
      settle: (seq, deadLetters) => this.#settle(name, seq, deadLetters),
      onAppend: this.onAppend,
    };
  }

  /** Deletes a reader and its cursor. Throws `StoreUnavailable`. */
  dismiss = async (name: string): Promise<void> => {
    await this.#commits.write([[sql.dismiss, this.#log.stream, name]]);
    this.#beginnings = this.#beginnings.filter(([, , reader]) => reader !== name);
    this.#setCursor(name, undefined);
  };

  /** Cursors of new readers, for the next commit that appends; `begun` when they are on disk. */
  beginnings(): readonly Statement[] {
    return [...this.#beginnings];
  }

  begun(written: readonly Statement[]): void {
    this.#beginnings = this.#beginnings.filter((one) => !written.includes(one));
  }

  /** The least cursor of the readers that deliver; the head when there is none. */
  slowestDelivery(): number {
    return Math.min(this.#log.head(), this.#slowestDelivery);
  }

  /** Readers that deliver and have not reached `seq`, with their cursors. */
  before(seq: number): readonly (readonly [name: string, cursor: number])[] {
    return this.#delivering().filter(([, cursor]) => cursor < seq);
  }

  /** The greatest cursor; 0 when there is no reader. */
  furthest(): number {
    return Math.max(0, ...this.#cursors.values());
  }

  onAppend = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** To be called after each commit that appended. */
  appended(): void {
    for (const listener of this.#listeners) listener();
  }

  #setCursor(name: string, seq: number | undefined): void {
    if (seq === undefined) this.#cursors.delete(name);
    else this.#cursors.set(name, seq);
    this.#slowestDelivery = Math.min(...this.#delivering().map(([, cursor]) => cursor));
  }

  #delivering(): [string, number][] {
    return [...this.#cursors].filter(([name]) => !this.#internal.has(name));
  }

  #slowestOnceSettled(name: string, seq: number): number {
    const others = [...this.#cursors].map(([other, cursor]) => (other === name ? seq : cursor));
    return Math.min(this.#log.head(), ...others);
  }

  #settlement(name: string, seq: number, letters: readonly DeadLetter<T>[]): Settlement {
    const { stream } = this.#log;
    return {
      statements: [
        [sql.cursor, stream, name, seq],
        ...letters.map((letter) => letterStatement(stream, name, letter, this.#clock.now())),
        ...this.#log.passed(this.#slowestOnceSettled(name, seq)),
      ],
      committed: () => {
        this.#setCursor(name, seq);
        this.#log.settled(this.#slowestOnceSettled(name, seq));
        if (letters.length > 0) this.letters.changed(name);
      },
    };
  }

  async #settle(name: string, seq: number, letters: readonly DeadLetter<T>[]): Promise<void> {
    const { statements, committed } = this.#settlement(name, seq, letters);
    await this.#commits.write(statements);
    committed();
  }
}

const sql = {
  known: 'SELECT reader, seq FROM cursors WHERE stream = ?',
  dismiss: 'DELETE FROM cursors WHERE stream = ? AND reader = ?',
  begin: 'INSERT INTO cursors (stream, reader, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  cursor: `INSERT INTO cursors (stream, reader, seq) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET seq = excluded.seq`,
};
