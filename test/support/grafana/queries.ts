import { dashboards } from '../../../grafana/dashboards/all.ts';
import type { Dashboard } from '../../../grafana/schema/dashboard.ts';
import type { DataPanel, Panel } from '../../../grafana/schema/panel.ts';
import {
  type InfinityTarget,
  isInfinity,
  type PrometheusTarget,
} from '../../../grafana/schema/target.ts';

/** Everything that the dashboards ask, and where. */
export type Asked<Target> = {
  readonly where: string;
  readonly dashboard: Dashboard;
  readonly kind: 'panel' | 'annotation' | 'variable';
  readonly panel?: DataPanel;
  readonly target: Target;
};

export const isDataPanel = (panel: Panel): panel is DataPanel => 'targets' in panel;

export const dataPanels = (): { where: string; dashboard: Dashboard; panel: DataPanel }[] =>
  dashboards.flatMap((dashboard) =>
    dashboard.panels.filter(isDataPanel).map((panel) => ({
      where: `${dashboard.uid}: ${panel.title}`,
      dashboard,
      panel,
    })),
  );

const panelTargets = () =>
  dataPanels().flatMap(({ where, dashboard, panel }) =>
    panel.targets.map((target) => ({
      where: `${where} ${target.refId}`,
      dashboard,
      kind: 'panel' as const,
      panel,
      target,
    })),
  );

/** PromQL of panels and annotations; that of variables is not an expression, but names a label. */
export function prometheusQueries(): Asked<PrometheusTarget>[] {
  const ofPanels = panelTargets().flatMap((asked) =>
    isInfinity(asked.target) ? [] : [{ ...asked, target: asked.target }],
  );
  const ofAnnotations = dashboards.flatMap((dashboard) =>
    dashboard.annotations.list.flatMap((annotation) =>
      annotation.datasource.type === 'prometheus' && 'textFormat' in annotation
        ? [
            {
              where: `${dashboard.uid}: annotation ${annotation.name}`,
              dashboard,
              kind: 'annotation' as const,
              target: {
                refId: 'A',
                datasource: annotation.datasource,
                editorMode: 'code' as const,
                expr: annotation.target.expr,
                format: 'time_series' as const,
                instant: false,
                range: true,
                interval: annotation.target.interval,
              },
            },
          ]
        : [],
    ),
  );
  return [...ofPanels, ...ofAnnotations];
}

export function infinityQueries(): Asked<
  Omit<InfinityTarget, 'datasource'> & { datasource: { uid: string } }
>[] {
  const ofPanels = panelTargets().flatMap((asked) =>
    isInfinity(asked.target) ? [{ ...asked, target: asked.target }] : [],
  );
  const ofAnnotations = dashboards.flatMap((dashboard) =>
    dashboard.annotations.list.flatMap((annotation) =>
      'target' in annotation && 'url' in annotation.target
        ? [
            {
              where: `${dashboard.uid}: annotation ${annotation.name}`,
              dashboard,
              kind: 'annotation' as const,
              target: annotation.target,
            },
          ]
        : [],
    ),
  );
  const ofVariables = dashboards.flatMap((dashboard) =>
    dashboard.templating.list.flatMap((variable) =>
      variable.type === 'query' && 'infinityQuery' in variable.query
        ? [
            {
              where: `${dashboard.uid}: variable ${variable.name}`,
              dashboard,
              kind: 'variable' as const,
              target: { ...variable.query.infinityQuery, datasource: variable.datasource },
            },
          ]
        : [],
    ),
  );
  return [...ofPanels, ...ofAnnotations, ...ofVariables];
}

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
