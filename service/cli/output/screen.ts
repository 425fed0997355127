import { once } from 'node:events';
import { styleText } from 'node:util';
import { exitCodes } from '../failure.ts';

/** Where a command prints: what kind of place it is, and how to get text there. */
export type Screen = {
  readonly isTerminal: boolean;
  /** In characters. */
  readonly columns: number;
  /** Whether it shows more than ASCII. */
  readonly isUnicode: boolean;
  paint(colour: Colour, text: string): string;
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
};

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

const widthWithout = 80;

/**
 * A reader that has seen enough and closes its end, as `head` does, ends the program without a word;
 * a full disk with one.
 */
export function endWith(stream: NodeJS.WriteStream): void {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(exitCodes.done);
    process.stderr.write(`The output cannot be written: ${message}.\n`);
    process.exit(exitCodes.failure);
  });
}

/** Standard output. */
export function createScreen(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns || Number(env['COLUMNS']) || widthWithout,
    isUnicode: /utf-?8/i.test(locale),
    // By itself it looks at NO_COLOR, FORCE_COLOR and at what the stream is.
    paint: (colour, text) => styleText(colour, text, { stream }),
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain');
    },
  };
}
