import { describe, expect, it } from '@jest/globals';
import { dashboards } from '../../grafana/dashboards/all.ts';
import { readDocument } from '../support/documents.ts';

const nameOf = (title: string): string => title.replace('Heartbeat / ', '');
const titlesOf = new Map(
  dashboards.map(({ title, panels }) => [nameOf(title), panels.map((panel) => panel.title)]),
);

/** Paragraphs and steps, each with the names of dashboards and panels in it. */
const passages = readDocument('docs/guides/runbook.md')
  .split(/\n\n|\n(?=\d+\. |## )/)
  .map((passage) => [...passage.matchAll(/(?<![\w`])_([A-Z][^_`]*)_(?!\w)/g)])
  .map((found) => found.map(([, name = '']) => name.replaceAll(/\s+/g, ' ')))
  .filter((names) => names.length > 0);

describe('docs/guides/runbook.md', () => {
  it('names dashboards and panels', () => {
    expect(passages.length).toBeGreaterThan(8);
  });

  it.each(passages.map((names) => [names.join(', '), names] as const))(
    '%s: the panels are on the dashboard that is named, or on any if none is',
    (_, names) => {
      const named = names.filter((name) => titlesOf.has(name));
      const titles = (named.length > 0 ? named : [...titlesOf.keys()]).flatMap(
        (name) => titlesOf.get(name) ?? [],
      );
      const others = names.filter((name) => !titlesOf.has(name));
      expect(others.filter((name) => !titles.includes(name))).toEqual([]);
    },
  );
});
