/** A Markdown table whose columns are padded to the same width, as formatters do. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map(escaped));
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], filler: string) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, filler)).join(' | ')} |\n`;
  const [first = [], ...others] = cells;
  return [line(first, ' '), line([], '-'), ...others.map((row) => line(row, ' '))].join('');
}

/** Outside code, text must not end a cell or begin a tag. */
function escaped(cell: string): string {
  return cell
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('')
    .replaceAll('|', '\\|');
}
