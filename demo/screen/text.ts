import { styleText } from 'node:util';

/** The width that the picture is drawn for; a wider terminal has longer lines in its log. */
export const width = 80;

/** A piece of a line and how it looks. */
export type Span = string | { readonly text: string; readonly style: Style };
export type Line = readonly Span[];
export type Style = Parameters<typeof styleText>[0];

export const span = (style: Style, text: string): Span => ({ text, style });

export const plain = (line: Line): string => line.map(textOf).join('');

/** With its colours, and cut to what fits. */
export function painted(line: Line, columns: number): string {
  let left = columns;
  let text = '';
  for (const piece of line) {
    const characters = [...textOf(piece)].slice(0, left);
    left -= characters.length;
    text += dressed(characters.join(''), piece);
  }
  return text;
}

const textOf = (piece: Span): string => (typeof piece === 'string' ? piece : piece.text);

const dressed = (text: string, piece: Span): string =>
  typeof piece === 'string' || text === ''
    ? text
    : styleText(piece.style, text, { validateStream: false });

/** Fills the line up to `width`, so that what follows stands in its column. */
export function padded(line: Line, width: number): Line {
  const missing = width - [...plain(line)].length;
  return missing > 0 ? [...line, ' '.repeat(missing)] : line;
}

/** Broken between words into lines of at most `width`; a longer word stands as it is. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
