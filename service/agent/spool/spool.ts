import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch, DeadLetter, OutboxReader } from '../../contract/outbox.ts';
import { createOneAtATime } from '../../runtime/concurrency/one-at-a-time.ts';
import type { Log } from '../../runtime/log.ts';
import { ActiveSegment } from './active-segment.ts';
import { CursorFile } from './cursor-file.ts';
import { RejectedFile } from './rejected-file.ts';
import { firstSeqOf, readSegment, type Segment, type SpoolEntry } from './segment.ts';

/*
 * The spool keeps what the agent has to send, in the order of its times, until a destination has
 * acknowledged it.
 *
 *  1. Records are numbered 1, 2, 3, … and written to a segment file before they are sent. A process
 *     that is killed loses none that was written.
 *  2. While earlier records wait, each append is also synchronized with the disk (fdatasync): what
 *     waits survives a power failure. Records that are sent at once cost no synchronization.
 *  3. The cursor is written after delivery, and never synchronized. A cursor that is lost or old only
 *     repeats heartbeats, which have the same times and so change nothing.
 *  4. At `maxBytes` the oldest segment is dropped, and what it held is counted: the newest heartbeats
 *     are worth most.
 *  5. A disk that cannot be written stops nothing. Up to 10,000 records then wait in memory; each
 *     append tries to write all of them.
 *
 * A start never continues a segment, whose end may be cut short. It begins a new one.
 */

const defaultSegmentBytes = 262_144;

export type SpoolOptions = {
  /** Exists, and belongs to this process alone. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  readonly log: Log;
};

export class Spool<T> implements OutboxReader<T> {
  readonly #options: Required<SpoolOptions>;
  readonly #cursorFile: CursorFile;
  readonly #rejected: RejectedFile;
  readonly #listeners = new Set<() => void>();
  readonly #oneAtATime = createOneAtATime();
  /** Segments that are no longer written, the oldest first. */
  #closed: Segment[] = [];
  #active: ActiveSegment<T>;
  #cursor: number;
  /** Number of the last record that was written, or could not be. */
  #head: number;
  /** Number of the last record that was given to `append`. */
  #lastSeq: number;
  #dropped = 0;
  #isFull = false;
  #isFailing = false;
  /** Segment that was read last: a backlog is read front to back. */
  #cache: { readonly file: string; readonly entries: readonly SpoolEntry<T>[] } | undefined;

  constructor(options: SpoolOptions) {
    const { folder, segmentBytes = defaultSegmentBytes } = options;
    this.#options = { ...options, segmentBytes };
    this.#rejected = new RejectedFile(join(folder, 'rejected.log'));
    this.#cursorFile = new CursorFile(join(folder, 'cursor'));
    this.#closed = findSegments(folder);
    const first = this.#closed[0]?.firstSeq ?? 1;
    this.#cursor = Math.max(this.#cursorFile.read(), first - 1);
    const last = this.#closed.at(-1);
    this.#head = Math.max(this.#cursor, last?.lastSeq ?? 0);
    this.#lastSeq = this.#head;
    this.#active = new ActiveSegment(folder, this.#head + 1);
    this.#removeDelivered();
  }

  get cursor(): number {
    return this.#cursor;
  }

  get head(): number {
    return this.#head;
  }

  /** Records that were dropped because the spool was full. */
  get dropped(): number {
    return this.#dropped;
  }

  get bytes(): number {
    return this.#closed.reduce((sum, { bytes }) => sum + bytes, this.#active.bytes);
  }

  /** Resolves when the records are written, or are known to wait in memory. Never rejects. */
  append(records: readonly T[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const isBacklog = this.#lastSeq > this.#cursor;
    const entries = records.map((record, index) => ({ seq: this.#lastSeq + 1 + index, record }));
    this.#lastSeq += records.length;
    this.#active.add(entries);
    return this.#oneAtATime(async () => {
      await this.#write(isBacklog);
      for (const listener of this.#listeners) listener();
    });
  }

  read(afterSeq: number, limit: number): Batch<T> {
    const segment = this.#closed.find(
      ({ file, lastSeq }) => lastSeq > afterSeq && this.#holds(file, afterSeq),
    );
    const entries = segment ? this.#entriesOf(segment.file) : this.#active.entries;
    const isAvailable = ({ seq }: SpoolEntry<T>) => seq > afterSeq && seq <= this.#head;
    const [first, ...rest] = entries.filter(isAvailable).slice(0, limit);
    if (first === undefined) return { firstSeq: afterSeq + 1, records: [] };
    const gap = rest.findIndex(({ seq }, index) => seq !== first.seq + index + 1);
    const run = gap === -1 ? rest : rest.slice(0, gap);
    return { firstSeq: first.seq, records: [first, ...run].map(({ record }) => record) };
  }

  settle(seq: number, deadLetters: readonly DeadLetter<T>[]): Promise<void> {
    return this.#oneAtATime(async () => {
      for (const { record, reason } of deadLetters) this.keepRejected(record, reason);
      this.#cursor = Math.max(this.#cursor, seq);
      this.#removeDelivered();
      this.#noteDisk(await this.#cursorFile.write(this.#cursor));
    });
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Keeps a record that the destination will never accept, with the reason. */
  keepRejected(record: T, reason: string): void {
    this.#noteDisk(this.#rejected.append({ at: new Date().toISOString(), reason, record }));
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#write(true);
      await this.#active.close();
      await this.#cursorFile.close();
    });
  }

  async #write(isDurable: boolean): Promise<void> {
    const { segmentBytes, folder } = this.#options;
    const lastSeq = this.#lastSeq;
    const failure = await this.#active.write(isDurable);
    this.#head = lastSeq;
    this.#noteDisk(failure);
    this.#dropped += this.#active.takeDropped();
    if (!failure && this.#active.bytes >= segmentBytes) {
      // What was added during the write belongs to the next segment.
      const { unwritten } = this.#active;
      const full = this.#active;
      this.#closed.push(full.segment());
      this.#active = new ActiveSegment(folder, full.segment().lastSeq + 1);
      this.#active.add(unwritten);
      await full.close();
    }
    this.#enforceLimit();
  }

  #enforceLimit(): void {
    let oldest = this.#closed[0];
    if (!oldest || this.bytes <= this.#options.maxBytes) {
      this.#isFull &&= this.#cursor < this.#head;
      return;
    }
    if (!this.#isFull) {
      this.#isFull = true;
      const { maxBytes } = this.#options;
      this.#options.log.error({ maxBytes }, 'the spool is full: the oldest heartbeats are dropped');
    }
    while (oldest && this.bytes > this.#options.maxBytes) {
      const { firstSeq, lastSeq } = oldest;
      this.#dropped += Math.max(0, lastSeq - Math.max(firstSeq - 1, this.#cursor));
      this.#removeOldest();
      oldest = this.#closed[0];
    }
  }

  #removeDelivered(): void {
    while ((this.#closed[0]?.lastSeq ?? Infinity) <= this.#cursor) this.#removeOldest();
    this.#active.forget(this.#cursor);
  }

  #removeOldest(): void {
    const oldest = this.#closed.shift();
    if (!oldest) return;
    if (this.#cache?.file === oldest.file) this.#cache = undefined;
    try {
      rmSync(oldest.file, { force: true });
    } catch (error) {
      this.#noteDisk(error);
    }
  }

  /** Whether the segment still has a record behind a number; a damaged one may not. */
  #holds(file: string, afterSeq: number): boolean {
    return (this.#entriesOf(file).at(-1)?.seq ?? 0) > afterSeq;
  }

  #entriesOf(file: string): readonly SpoolEntry<T>[] {
    if (this.#cache?.file !== file) this.#cache = { file, entries: readSegment<T>(file) };
    return this.#cache.entries;
  }

  /** Logs when the disk begins to fail, and when it works again. */
  #noteDisk(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { log, folder } = this.#options;
    if (isFailing)
      log.error({ error, folder }, 'the spool cannot be written: records wait in memory');
    else log.info({ folder }, 'the spool can be written again');
  }
}

function findSegments(folder: string): Segment[] {
  const found = readdirSync(folder)
    .flatMap((name) => {
      const firstSeq = firstSeqOf(name);
      const file = join(folder, name);
      return firstSeq === undefined ? [] : [{ file, firstSeq, bytes: statSync(file).size }];
    })
    .toSorted((a, b) => a.firstSeq - b.firstSeq);
  return found.map((one, index) => {
    const next = found[index + 1];
    // Only of the newest segment the last number is not known from the name of the next.
    const lastSeq = next
      ? next.firstSeq - 1
      : (readSegment(one.file).at(-1)?.seq ?? one.firstSeq - 1);
    return { ...one, lastSeq };
  });
}
