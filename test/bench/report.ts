/** A figure that was aimed at, beside the one that was seen. */
export type Target = {
  readonly what: string;
  readonly wanted: string;
  readonly seen: number;
  readonly met: boolean;
};

type Row = Readonly<Record<string, string | number>>;

/** What one bench found. The keys of the rows are the columns, here and in the JSON. */
export type Section = {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** Ratios to another build, where one was given. */
  readonly comparison?: readonly Row[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
};

export const atLeast = (what: string, seen: number, bound: number): Target => ({
  what,
  wanted: `≥ ${format(bound)}`,
  seen,
  met: seen >= bound,
});

export const atMost = (what: string, seen: number, bound: number): Target => ({
  what,
  wanted: `≤ ${format(bound)}`,
  seen,
  met: seen <= bound,
});

export function renderSection({ title, rows, comparison = [], targets, notes }: Section): string {
  const verdicts = targets.map(({ what, wanted, seen, met }) => ({
    target: what,
    wanted,
    seen,
    verdict: met ? 'ok' : 'missed',
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

/** A Markdown table that is also legible as it stands. */
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

/** Three digits that count are enough for figures that vary by some per cent. */
function format(value: string | number): string {
  if (typeof value === 'string') return value;
  if (Number.isNaN(value)) return '–';
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
