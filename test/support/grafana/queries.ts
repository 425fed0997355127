import { dashboards } from '../../../grafana/dashboards/all.ts';
import type { Annotation, Dashboard, DataPanel, Panel } from '../../../grafana/types/dashboard.ts';
import type {
  InfinityQuery,
  InfinityRequest,
  PrometheusQuery,
  Target,
} from '../../../grafana/types/query.ts';

/** A query of the dashboards, and where it is. */
export type Located<Query> = {
  readonly where: string;
  readonly dashboard: Dashboard;
  readonly kind: 'panel' | 'annotation' | 'variable';
  readonly panel?: DataPanel;
  readonly target: Query;
};

export const isInfinity = (target: Target): target is Target<InfinityQuery> => 'url' in target;
export const isDataPanel = (panel: Panel): panel is DataPanel => 'targets' in panel;

/** What `read` finds in a dashboard's list, with the place where it was found. */
const located = <Item extends { name: string }, Query>(
  kind: 'annotation' | 'variable',
  listOf: (dashboard: Dashboard) => readonly Item[],
  read: (item: Item) => Query | undefined,
): Located<Query>[] =>
  dashboards.flatMap((dashboard) =>
    listOf(dashboard).flatMap((item) => {
      const target = read(item);
      const where = `${dashboard.uid}: ${kind} ${item.name}`;
      return target === undefined ? [] : [{ where, dashboard, kind, target }];
    }),
  );
const annotationQueries = <Query>(read: (annotation: Annotation) => Query | undefined) =>
  located('annotation', ({ annotations }) => annotations.list, read);

export const dataPanels = (): { where: string; dashboard: Dashboard; panel: DataPanel }[] =>
  dashboards.flatMap((dashboard) =>
    dashboard.panels.filter(isDataPanel).map((panel) => ({
      where: `${dashboard.uid}: ${panel.title}`,
      dashboard,
      panel,
    })),
  );

const panelTargets = (): Located<Target>[] =>
  dataPanels().flatMap(({ where, dashboard, panel }) =>
    panel.targets.map((target) => ({
      where: `${where} ${target.refId}`,
      dashboard,
      kind: 'panel',
      panel,
      target,
    })),
  );

/** PromQL of panels and annotations; queries of variables name a label and have no expression. */
export const prometheusQueries = (): Located<PrometheusQuery & { interval?: string }>[] => [
  ...panelTargets().flatMap((query) =>
    isInfinity(query.target) ? [] : [{ ...query, target: query.target }],
  ),
  ...annotationQueries((annotation) =>
    'textFormat' in annotation
      ? {
          datasource: annotation.datasource,
          editorMode: 'code' as const,
          expr: annotation.target.expr,
          format: 'time_series' as const,
          instant: false as const,
          range: true as const,
          interval: annotation.target.interval,
        }
      : undefined,
  ),
];

export const infinityQueries = (): Located<InfinityRequest & { datasource: { uid: string } }>[] => [
  ...panelTargets().flatMap((query) =>
    isInfinity(query.target) ? [{ ...query, target: query.target }] : [],
  ),
  ...annotationQueries((annotation) =>
    'target' in annotation && annotation.target && 'url' in annotation.target
      ? annotation.target
      : undefined,
  ),
  ...located(
    'variable',
    ({ templating }) => templating.list,
    (variable) =>
      variable.type === 'query' && 'infinityQuery' in variable.query
        ? { ...variable.query.infinityQuery, datasource: variable.datasource }
        : undefined,
  ),
];

/** Variables whose values are those of a label. */
export const labelVariables = () =>
  dashboards.flatMap((dashboard) =>
    dashboard.templating.list.flatMap((variable) => {
      if (variable.type !== 'query' || 'infinityQuery' in variable.query) return [];
      const [, selector = '', label = ''] =
        /^label_values\((.*), (\w+)\)$/.exec(variable.definition) ?? [];
      return [{ where: `${dashboard.uid}: variable ${variable.name}`, variable, selector, label }];
    }),
  );
