import type { Defects } from '../defects.ts';
import type { MeasurementsTable } from './measurements-table.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';

/** The source of every query for metrics. */
export type MetricsStore = {
  catalogue: SeriesCatalogue;
  table: MeasurementsTable;
  defects: Defects;
  /** Epoch milliseconds. */
  now: () => number;
};
