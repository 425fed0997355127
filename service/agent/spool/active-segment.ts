import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { formatEntry, type Segment, type SpoolEntry, segmentName } from './segment.ts';

/** Records that wait in memory while the disk cannot be written. */
const maxUnwritten = 10_000;

/**
 * The segment that is being written, with its records that are not delivered in memory. A write that
 * fails is undone as far as possible and repeated by the next one.
 */
export class ActiveSegment<T> {
  readonly #folder: string;
  readonly #file: string;
  readonly #firstSeq: number;
  #entries: SpoolEntry<T>[] = [];
  /** Number of the last record in the file. */
  #writtenSeq: number;
  #bytes = 0;
  #handle: FileHandle | undefined;
  #dropped = 0;

  constructor(folder: string, firstSeq: number) {
    this.#folder = folder;
    this.#file = join(folder, segmentName(firstSeq));
    this.#firstSeq = firstSeq;
    this.#writtenSeq = firstSeq - 1;
  }

  get entries(): readonly SpoolEntry<T>[] {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(entries: readonly SpoolEntry<T>[]): void {
    this.#entries.push(...entries);
  }

  /** Forgets the records up to a number, which are delivered. */
  forget(seq: number): void {
    const first = this.#entries.findIndex((entry) => entry.seq > seq);
    this.#entries = first === -1 ? [] : this.#entries.slice(first);
  }

  /** Writes all that is not written; returns the error if that fails. */
  async write(isDurable: boolean): Promise<unknown> {
    const waiting = this.#entries.filter(({ seq }) => seq > this.#writtenSeq);
    const last = waiting.at(-1);
    if (!last) return undefined;
    try {
      const isNew = this.#handle === undefined;
      this.#handle ??= await open(this.#file, 'w', 0o600);
      const bytes = Buffer.from(waiting.map(formatEntry).join(''));
      for (let at = 0; at < bytes.length; ) {
        const left = bytes.length - at;
        at += (await this.#handle.write(bytes, at, left, this.#bytes + at)).bytesWritten;
      }
      if (isDurable) await this.#handle.datasync();
      if (isDurable && isNew) await syncFolder(this.#folder);
      this.#bytes += bytes.length;
      this.#writtenSeq = last.seq;
      return undefined;
    } catch (error) {
      await this.#handle?.truncate(this.#bytes).catch(() => undefined);
      this.#dropUnwritten();
      return error;
    }
  }

  /** Number of records that were dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** The file as it is now. */
  segment(): Segment {
    return {
      file: this.#file,
      firstSeq: this.#firstSeq,
      lastSeq: this.#writtenSeq,
      bytes: this.#bytes,
    };
  }

  /** The records that are not in the file. */
  get unwritten(): readonly SpoolEntry<T>[] {
    return this.#entries.filter(({ seq }) => seq > this.#writtenSeq);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #dropUnwritten(): void {
    const excess = this.unwritten.length - maxUnwritten;
    if (excess <= 0) return;
    const from = this.#entries.findIndex(({ seq }) => seq > this.#writtenSeq);
    this.#entries.splice(from, excess);
    this.#dropped += excess;
  }
}

/** Makes the name of a new file durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
