import { alerts } from './alerts/all.ts';
import { dashboards } from './dashboards/all.ts';
import type { Panel } from './types/dashboard.ts';

/** The README with its tables of panels and alerts, which are derived from the data. */
export const withTables = (readme: string): string =>
  between(between(readme, 'panels', panelTables()), 'alerts', alertTable());

function between(readme: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by \`npm run grafana\` -->`, `<!-- /${name} -->`];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md has no markers for ${name}`);
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
    ['alert', 'severity', 'summary', 'expression'],
    alerts.map(({ name, severity, summary, expr }) => [
      `[${name}](../docs/guides/runbook.md#${name.toLowerCase()})`,
      severity,
      summary.replaceAll(/\{\{ (?:\$labels\.)?(%?\w+%?)[^}]*\}\}/g, (_, name: string) =>
        name === '%value%' ? 'N' : name.toUpperCase(),
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
