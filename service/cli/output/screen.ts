import { once } from 'node:events';
import { styleText } from 'node:util';

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
 * Standard output. A reader that has seen enough and closes it, as `head` does, ends the program
 * without a word.
 */
export function createScreen(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
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
