import { inspect } from 'node:util';

/**
 * A string that must not be seen. Printing, logging or serialising it gives `[redacted]`; the one
 * way to the text is `reveal()`, which is easy to find in a review.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}
