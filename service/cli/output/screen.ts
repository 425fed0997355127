import { once } from 'node:events';
import { styleText } from 'node:util';
import { exitCodes } from '../failure.ts';

/** The stream to which a command prints, and its capabilities. */
export type Screen = {
  readonly isTerminal: boolean;
  /** Width in characters. */
  readonly columns: number;
  /** Whether it displays more than ASCII. */
  readonly isUnicode: boolean;
  paint(colour: Colour, text: string): string;
  /** Resolves when the stream accepts more. */
  write(text: string): Promise<void>;
};

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

const defaultColumns = 80;

/**
 * Exits silently when the reader of the stream closes its end, as `head` does, and with a message
 * on any other error, for example a full disk.
 */
export function exitOnWriteError(stream: NodeJS.WriteStream): void {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(exitCodes.done);
    process.stderr.write(`The output cannot be written: ${message}.\n`);
    process.exit(exitCodes.failure);
  });
}

/** Standard output. */
export function standardOutput(): Screen {
  const { env, stdout: stream } = process;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns || Number(env['COLUMNS']) || defaultColumns,
    isUnicode: /utf-?8/i.test(locale),
    // It respects NO_COLOR and FORCE_COLOR, and whether the stream is a terminal.
    paint: (colour, text) => styleText(colour, text, { stream }),
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain');
    },
  };
}
