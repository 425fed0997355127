/**
 * Faults that the real service has and clients must live with. Each can be switched while the mock
 * runs; the default is what its InfluxDB back end really does where a client would meet it daily,
 * and the repaired behaviour where the fault only loses rows of a page.
 */
export type Defects = {
  /** `group_by=name` is an InfluxQL keyword that the service does not quote: 500. */
  groupByNameFails: boolean;
  /** For the same reason the dimension names of one metric that has a dimension `name`: 500. */
  dimensionNamesOfMetricFails: boolean;
  /** The next page of statistics begins one period late when points lie on the boundary. */
  statisticsPagingSkips: boolean;
  /** Pages of grouped series know only a time: rows of later groups before it are lost. */
  groupedPagingLosesRows: boolean;
  /** `tenant_id` is ignored even for a caller who may act for other projects. */
  tenantIdIgnored: boolean;
};

export function recordedDefects(): Defects {
  return {
    groupByNameFails: true,
    dimensionNamesOfMetricFails: true,
    statisticsPagingSkips: false,
    groupedPagingLosesRows: false,
    tenantIdIgnored: false,
  };
}
