import type {
  FieldDefaults,
  Kinds,
  Override,
  PanelWithData,
  Transformation,
} from '../types/dashboard.ts';
import type { Query } from '../types/query.ts';
import { steps } from './style.ts';

/** What every panel with data may have. */
export type Shown = Partial<Readonly<FieldDefaults>> & {
  /** The question that the panel answers; Grafana shows it as the description. */
  readonly question: string;
  readonly queries: Query | readonly [Query, ...Query[]];
  readonly overrides?: readonly Override[];
  readonly transformations?: readonly Transformation[];
  /** Shortest time between two points. */
  readonly interval?: string;
};

const fieldDefaults = (shown: Shown): FieldDefaults => {
  const { unit = 'short', noValue = 'none', mappings = [] } = shown;
  const { color = { mode: 'palette-classic' }, thresholds = steps('text') } = shown;
  const { decimals, min, max, displayName } = shown;
  return { unit, decimals, min, max, noValue, displayName, color, thresholds, mappings };
};

/**
 * A panel with data, whose queries are lettered from A on. The id never changes: links and alerts
 * refer to it.
 */
export const panel =
  <Kind extends keyof Kinds>(
    type: Kind,
    id: number,
    title: string,
    shown: Shown,
    custom: Kinds[Kind]['custom'],
    options: Kinds[Kind]['options'],
  ) =>
  (gridPos: PanelWithData<Kind>['gridPos']): PanelWithData<Kind> => {
    const { question, transformations = [], overrides = [], interval } = shown;
    const [first, ...others]: [Query, ...Query[]] =
      'datasource' in shown.queries ? [shown.queries] : [...shown.queries];
    return {
      type,
      id,
      title,
      gridPos,
      description: question,
      datasource: first.datasource,
      targets: [first, ...others].map((query, at) => ({
        refId: String.fromCharCode(65 + at),
        ...query,
      })),
      transformations: [...transformations],
      interval,
      fieldConfig: {
        defaults: { ...fieldDefaults(shown), custom },
        overrides: [...overrides],
      },
      options,
    };
  };
