import { appendFileSync, renameSync, statSync } from 'node:fs';

const maxBytes = 1_048_576;

/** Records that no destination accepts, one a line; the older half is kept beside it as `….1`. */
export class RejectedFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Returns the error if it cannot be written. */
  append(entry: object): unknown {
    try {
      const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes) renameSync(this.#file, `${this.#file}.1`);
      appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
