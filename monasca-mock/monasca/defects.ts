/*
 * Defects of the real service that clients must handle, each with a switch. The defects that its
 * InfluxDB back end has in daily use are on; the defects that only lose rows of a page are off.
 */

const defects = {
  /** `group_by=name` is an InfluxQL keyword that the service does not quote: 500. */
  groupByNameFails: true,
  /** For the same reason the dimension names of one metric that has a dimension `name`: 500. */
  dimensionNamesOfMetricFails: true,
  /** The next page of statistics begins one period late when points lie on the boundary. */
  statisticsPagingSkips: false,
  /** The offset of grouped series is only a time: earlier rows of later groups are lost. */
  groupedPagingLosesRows: false,
  /** `tenant_id` is ignored even for a caller that may act for other projects. */
  tenantIdIgnored: false,
};

export type Defects = typeof defects;

export const recordedDefects = (): Defects => ({ ...defects });
