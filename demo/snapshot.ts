import { z } from 'zod';
import { http } from './http.ts';
import type { HeartbeatCount } from './monasca.ts';
import { counted, plainTable } from './output.ts';
import { isSameComponent } from './senders/components.ts';
import type { SentSeries } from './senders/sent-heartbeats.ts';

const healthSchema = z.object({
  dependencies: z.object({
    store: z.object({ outbox: z.object({ records: z.number() }) }),
    monasca: z.object({ status: z.string() }),
  }),
});
const deadLettersSchema = z.object({ total: z.number() });
const relaysSchema = z.object({
  relays: z.array(z.object({ state: z.string(), reasons: z.array(z.string()) })),
});
const states = z.object({ up: z.number(), late: z.number(), down: z.number() });
const component = z.object({ name: z.string(), version: z.string(), instances: states });
const componentsSchema = z.object({ components: z.array(component) });

export type Snapshot = Awaited<ReturnType<typeof readSnapshot>>;

/** Reads the current state of the service from its API. */
export async function readSnapshot(serviceUrl: string) {
  const read = <T>(path: string, schema: z.ZodType<T>) =>
    http(`${serviceUrl}${path}`, { throwHttpErrors: false }).json().then(schema.parse);
  const { dependencies } = await read('/health', healthSchema);
  const { total } = await read('/api/v1/dead-letters?limit=1', deadLettersSchema);
  const { components } = await read('/api/v1/components', componentsSchema);
  const { relays } = await read('/api/v1/relays', relaysSchema);
  return {
    components,
    /** Number of heartbeats that wait for delivery to Monasca. */
    outbox: dependencies.store.outbox.records,
    isMonascaUp: dependencies.monasca.status !== 'down',
    deadLetters: total,
    relay: relays[0],
  };
}

/** A table of all components, of the demo and of others that send heartbeats, and the deliveries. */
export function describeSnapshot(
  { components, outbox, isMonascaUp, deadLetters, relay }: Snapshot,
  sent: readonly SentSeries[],
  inMonasca: readonly HeartbeatCount[],
  evaluatedSecondsAgo: number | undefined,
  relayedSecondsAgo: number | undefined,
): string {
  const rows = components.map((component) => {
    const { up, late, down } = component.instances;
    const ours = sent.filter(isSameComponent(component));
    const accepted = ours.reduce((total, series) => total + series.accepted.size, 0);
    const counts = inMonasca.filter(isSameComponent(component));
    const found = counts.reduce((total, { heartbeats }) => total + heartbeats, 0);
    const { name, version } = component;
    return [name, version, up, late, down, ours.length > 0 ? accepted : '-', found];
  });
  const head = ['COMPONENT', 'VERSION', 'UP', 'LATE', 'DOWN', 'ACCEPTED', 'IN MONASCA'];
  const evaluated = describeAgo(evaluatedSecondsAgo);
  const gate = [relay?.state ?? 'not configured', ...(relay?.reasons.slice(0, 1) ?? [])].join(': ');
  return `${plainTable(head, rows)}
  Monasca is ${isMonascaUp ? 'available' : 'unavailable'}, ${counted(outbox, 'heartbeat')} waiting, ${counted(deadLetters, 'dead letter')}; last liveness evaluation: ${evaluated}
  The relay is ${gate.replace(/\.$/, '')}; last heartbeat downstream: ${describeAgo(relayedSecondsAgo)}`;
}

const describeAgo = (seconds: number | undefined): string =>
  seconds === undefined ? 'not yet' : `${seconds.toFixed(1)} s ago`;
