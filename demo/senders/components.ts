/**
 * How a sender posts heartbeats: one per request, those of all its instances in one request, or with
 * the protocol of the original GE Heartbeat, `/beat`.
 */
export type Protocol = 'single' | 'batch' | 'beat';

/** A simulated component. */
export type DemoComponent = Readonly<ReturnType<typeof component>>;

const component = (
  name: string,
  version: string,
  instances: number,
  intervalSeconds: number,
  protocol: Protocol = 'single',
) => ({ name, version, instances, intervalSeconds, protocol });

/** Components that have a part in the scenario. */
export const roles = {
  /** One of its instances crashes and returns. */
  crashing: component('Orion', '3.10.1', 3, 1),
  /** Its instance is replaced by another one and does not report that it stops. */
  replaced: component('Orion', '4.0.0', 1, 1),
  /** One of its instances stops on purpose. */
  stopping: component('Keyrock', '8.3', 2, 2),
};

/** The simulated deployment: a version upgrade, a host that batches, a client of the original. */
export const components: readonly DemoComponent[] = [
  roles.crashing,
  roles.replaced,
  component('Cygnus', '2.0', 2, 2, 'batch'),
  roles.stopping,
  component('Wirecloud', '1.4', 1, 2),
  component('Perseo', '1.13', 1, 1, 'beat'),
];

type Named = Pick<DemoComponent, 'name' | 'version'>;

export const isSameComponent =
  ({ name, version }: Named) =>
  (other: Named): boolean =>
    other.name === name && other.version === version;
