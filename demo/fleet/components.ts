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

const component = (
  name: string,
  version: string,
  instances: number,
  intervalSeconds: number,
  protocol: Protocol = 'single',
): Component => ({ name, version, instances, intervalSeconds, protocol });

/** Those to whom something happens. */
export const cast = {
  /** One of them dies and comes back. */
  mortal: component('Orion', '3.10.1', 3, 1),
  /** It is replaced by another instance without a goodbye. */
  replaced: component('Orion', '4.0.0', 1, 1),
  /** One of them says goodbye. */
  polite: component('Keyrock', '8.3', 2, 2),
};

/** The simulated deployment: an upgrade under way, a host that batches, a client of old. */
export const deployment: readonly Component[] = [
  cast.mortal,
  cast.replaced,
  component('Cygnus', '2.0', 2, 2, 'batch'),
  cast.polite,
  component('Wirecloud', '1.4', 1, 2),
  component('Perseo', '1.13', 1, 1, 'beat'),
];
