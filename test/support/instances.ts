import type { InstanceRecord } from '../../service/contract/instance.ts';
import type { InstanceSources } from '../../service/query/instances/queries.ts';
import { createRegistry, type Registry } from '../../service/registry/registry.ts';

export function anInstance(fields: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    name: 'Orion',
    version: '1.0',
    instance: 'i-1',
    id: 1,
    state: 'up',
    stateSinceMs: 1_767_225_600_000,
    firstSeenMs: 1_767_225_500_000,
    receivedAtMs: 1_767_225_700_000,
    lastHeardMs: 5_000,
    intervalSeconds: 30,
    lastSeq: 7,
    flags: 0,
    clockOffsetMs: 0,
    ...fields,
  };
}

/** A real registry, and simple answers to what other rooms know. */
export function instanceSources(): InstanceSources & { readonly registry: Registry } {
  const registry = createRegistry();
  return {
    registry,
    thresholds: (ref) => ({
      lateSeconds: registry.intervalSeconds(ref) * 2,
      downSeconds: registry.intervalSeconds(ref) * 4,
    }),
    ageSeconds: (ref) => 20 - registry.lastHeardMs(ref) / 1_000,
    statusMessage: () => undefined,
    presentSinceMs: (ref) => (registry.state(ref) === 'up' ? 1_767_225_550_000 : undefined),
  };
}
