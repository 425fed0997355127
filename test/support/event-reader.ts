import { setTimeout as delay } from 'node:timers/promises';
import { type CloudEvent, cloudEventSchema } from '../../service/contract/cloud-event.ts';
import type { EventKind } from '../../service/contract/event.ts';

/** All events that the service has, oldest first, as its API shows them. */
export async function allEvents(url: string): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? '' : `&cursor=${cursor}`;
    const answer = await fetch(`${url}/api/v1/events?order=ascending&limit=1000${after}`);
    const page: { events: unknown[]; next?: string } = JSON.parse(await answer.text());
    events.push(...page.events.map((event) => cloudEventSchema.parse(event)));
    cursor = page.next;
  } while (cursor !== undefined);
  return events;
}

/** Resolves with all events as soon as they are enough; after `ms` with what there is. */
export async function untilEvents(
  url: string,
  isEnough: (events: readonly CloudEvent[]) => boolean,
  ms = 30_000,
): Promise<CloudEvent[]> {
  const end = performance.now() + ms;
  for (;;) {
    const events = await allEvents(url);
    if (isEnough(events) || performance.now() > end) return events;
    await delay(100);
  }
}

export const eventsOf = (events: readonly CloudEvent[], instance: string): CloudEvent[] =>
  events.filter(({ data }) => data.instance === instance);

export const kindsOf = (events: readonly CloudEvent[], instance: string): EventKind[] =>
  eventsOf(events, instance).map(({ data }) => data.kind);

/** What was told of each instance, in the order of time. */
export function histories(events: readonly CloudEvent[]): Record<string, EventKind[]> {
  const told: Record<string, EventKind[]> = {};
  for (const { data } of events) {
    if (data.instance !== undefined)
      told[data.instance] = [...(told[data.instance] ?? []), data.kind];
  }
  return told;
}
