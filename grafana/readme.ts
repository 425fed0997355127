import { alerts } from './alerts/all.ts';
import { dashboards } from './dashboards/all.ts';
import type { Panel } from './types/dashboard.ts';

/** The tables of grafana/README.md that are derived from the data; the rest of it is written by hand. */
export const withTables = (readme: string): string =>
  between(between(readme, 'panels', panelTables()), 'alerts', alertTable());

function between(readme: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by \`npm run grafana\` -->`, `<!-- /${name} -->`];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the README has no place for its ${name}`);
  return `${readme.slice(0, from + begin.length)}\n\n${text}\n${readme.slice(to)}`;
}

const panelTables = (): string =>
  dashboards
    .map(({ title, uid, description, panels }) => {
      const rows = panels.flatMap(panelRow);
      return `### ${title}\n\n${description} \`/d/${uid}\`\n\n${markdownTable(['panel', 'question'], rows)}`;
    })
    .join('\n');

const panelRow = (panel: Panel): string[][] =>
  panel.type === 'row' ? [] : [[panel.title, panel.description]];

const alertTable = (): string =>
  markdownTable(
    ['alert', 'severity', 'says', 'asks Prometheus'],
    alerts.map(({ name, severity, summary, expr }) => [
      `[${name}](../docs/runbook.md#${name.toLowerCase()})`,
      severity,
      summary.replaceAll(/\{\{ (?:\$labels\.)?(%?\w+%?)[^}]*\}\}/g, (_, what: string) =>
        what === '%value%' ? 'N' : what.toUpperCase(),
      ),
      `\`${expr}\``,
    ]),
  );

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, at) => Math.max(3, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[], filler = ' ') =>
    `| ${widths.map((width, at) => (row[at] ?? '').padEnd(width, filler)).join(' | ')} |\n`;
  const [first = [], ...others] = cells;
  return [line(first), line([], '-'), ...others.map((row) => line(row))].join('');
}
