import { createWriter, type Format, type Look } from '../../query/rows/writer.ts';

/** A list of things, as it becomes known piece by piece. */
export type Rows<Row extends object> = Look<Row> & {
  /** What else there is to say in a JSON object, asked for when all rows are written. */
  readonly rest?: () => object;
  readonly pieces: AsyncIterable<readonly Row[]>;
};

/** The text of an answer, a chunk a piece. */
export async function* write<Row extends object>(
  format: Format,
  { pieces, rest, ...look }: Rows<Row>,
): AsyncGenerator<string> {
  const writer = createWriter(format, look);
  let before = writer.begin();
  for await (const piece of pieces) {
    const text = before + writer.piece(piece);
    before = '';
    if (text !== '') yield text;
  }
  const last = before + writer.end(rest?.());
  if (last !== '') yield last;
}
