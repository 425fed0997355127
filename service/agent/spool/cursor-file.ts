import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The number of the last delivered record, written over and over in one place. */
export class CursorFile {
  readonly #file: string;
  #handle: FileHandle | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** 0 if there is no number. */
  read(): number {
    try {
      const [, digits] = /^(\d{16})\n$/.exec(readFileSync(this.#file, 'utf8')) ?? [];
      return Number(digits ?? 0);
    } catch {
      return 0;
    }
  }

  /** Returns the error if it cannot be written. */
  async write(seq: number): Promise<unknown> {
    try {
      this.#handle ??= await open(this.#file, 'w', 0o600);
      await this.#handle.write(`${String(seq).padStart(16, '0')}\n`, 0);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }
}
