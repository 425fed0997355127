import type { WriteStream } from 'node:tty';
import type { Size } from './frame.ts';
import { type Line, painted, plain } from './text.ts';

export type Terminal = {
  readonly size: Size;
  draw(lines: readonly Line[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
};

const control = '\u001b[';
const enter = `${control}?1049h${control}?25l`;
const leave = `${control}?25h${control}?1049l`;
const home = `${control}H`;
const clearLine = `${control}K`;
const clearBelow = `${control}J`;

/**
 * The terminal's second screen, which leaves no trace on the first. It is left at the latest when
 * the process ends, however that comes about.
 */
export function openTerminal(output: WriteStream): Terminal {
  const hasColours = output.hasColors();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', close);
    output.write(leave);
  };
  process.once('exit', close);
  output.write(enter);
  return {
    get size() {
      return { columns: output.columns, rows: output.rows };
    },
    draw(lines) {
      if (!isOpen) return;
      const texts = lines.map((line) =>
        hasColours ? painted(line, output.columns) : plain(line).slice(0, output.columns),
      );
      output.write(`${home}${texts.map((text) => text + clearLine).join('\r\n')}${clearBelow}`);
    },
    close,
  };
}
