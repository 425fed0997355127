/** How a sender speaks to the service. */
export type Protocol =
  /** One heartbeat a request, to `/api/v1/heartbeats`. */
  | 'single'
  /** All instances of a host in one request, to the same address. */
  | 'batch'
  /** As the original GE Heartbeat's clients do, to `/beat`. */
  | 'beat';

/** A Generic Enabler as it is deployed. */
export type Component = {
  readonly name: string;
  readonly version: string;
  readonly instances: number;
  readonly intervalSeconds: number;
  readonly protocol: Protocol;
};

/** The simulated deployment: an upgrade under way, a host that batches, a client of old. */
export const deployment: readonly Component[] = [
  { name: 'Orion', version: '3.10.1', instances: 3, intervalSeconds: 1, protocol: 'single' },
  { name: 'Orion', version: '4.0.0', instances: 1, intervalSeconds: 1, protocol: 'single' },
  { name: 'Cygnus', version: '2.0', instances: 2, intervalSeconds: 2, protocol: 'batch' },
  { name: 'Keyrock', version: '8.3', instances: 2, intervalSeconds: 2, protocol: 'single' },
  { name: 'Wirecloud', version: '1.4', instances: 1, intervalSeconds: 2, protocol: 'single' },
  { name: 'Perseo', version: '1.13', instances: 1, intervalSeconds: 1, protocol: 'beat' },
];
