/** A measured figure and the bound that it should meet. */
export type Target = {
  readonly name: string;
  readonly bound: string;
  readonly measured: number;
  readonly isMet: boolean;
};

type Row = Readonly<Record<string, string | number>>;

/** Results of one bench. The keys of the rows are the columns of its tables. */
export type Section = {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** Ratios to the reference build, if there is one. */
  readonly comparison?: readonly Row[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
};

export const atLeast = (name: string, measured: number, bound: number): Target => ({
  name,
  bound: `≥ ${format(bound)}`,
  measured,
  isMet: measured >= bound,
});

export const atMost = (name: string, measured: number, bound: number): Target => ({
  name,
  bound: `≤ ${format(bound)}`,
  measured,
  isMet: measured <= bound,
});

export function renderSection({ title, rows, comparison = [], targets, notes }: Section): string {
  const verdicts = targets.map(({ name, bound, measured, isMet }) => ({
    target: name,
    bound,
    measured,
    verdict: Number.isNaN(measured) ? 'not measured' : isMet ? 'ok' : 'missed',
  }));
  const parts = [
    `## ${title}`,
    table(rows),
    table(comparison),
    table(verdicts),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Renders a Markdown table with aligned columns. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (!first) return '';
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => format(row[column] ?? '')));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const isText = columns.map((column) => rows.every((row) => typeof row[column] === 'string'));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => (isText[index] ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, index) =>
    isText[index] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(columns), line(rule), ...cells.map(line)].join('\n');
}

/** Rounds to three significant digits, since figures vary by some per cent. */
function format(value: string | number): string {
  if (typeof value === 'string') return value;
  if (Number.isNaN(value)) return '–';
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
