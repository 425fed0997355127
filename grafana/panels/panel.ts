import type {
  FieldDefaults,
  Kinds,
  Override,
  PanelWithData,
  Transformation,
} from '../types/dashboard.ts';
import type { Query } from '../types/query.ts';
import { steps } from './style.ts';

/** Properties of every panel. */
export type Heading = {
  /** Never changes: links and alerts refer to it. */
  readonly id: number;
  readonly title: string;
  /** The question that the panel answers; Grafana shows it as the description. */
  readonly question: string;
};

/** Properties of every panel with data. */
export type Shown = Heading &
  Partial<Readonly<FieldDefaults>> & {
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

/** A panel with data, whose queries are lettered from A on. */
export const panel =
  <Kind extends keyof Kinds>(
    type: Kind,
    shown: Shown,
    custom: Kinds[Kind]['custom'],
    options: Kinds[Kind]['options'],
  ) =>
  (gridPos: PanelWithData<Kind>['gridPos']): PanelWithData<Kind> => {
    const { id, title, question, transformations = [], overrides = [], interval } = shown;
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
