/** The data sources: their names stand in the menus, their uids in links and alerts. */
export const sourceUids = {
  prometheus: 'heartbeat-prometheus',
  api: 'heartbeat-api',
  monasca: 'heartbeat-monasca',
} as const;

export const sourceNames = {
  prometheus: 'Heartbeat Prometheus',
  api: 'Heartbeat API',
  monasca: 'Monasca',
} as const;

/** The job of the service itself in Prometheus. */
export const serviceJob = 'ge-heartbeat';

/** How often Prometheus asks: the range of a rate follows from it. */
export const scrapeSeconds = 15;
