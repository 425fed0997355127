import { type CloudEvent, cloudEventSchema } from '../../service/contract/cloud-event.ts';
import type { EventKind } from '../../service/contract/event.ts';
import { untilResult } from './until.ts';

/** All events of the service's API, oldest first. */
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

/** Resolves with all events as soon as the condition holds for them. */
export const untilEvents = (
  url: string,
  isEnough: (events: readonly CloudEvent[]) => boolean,
): Promise<CloudEvent[]> => untilResult(() => allEvents(url), isEnough, { everyMs: 100 });

export const eventsOf = (events: readonly CloudEvent[], instance: string): CloudEvent[] =>
  events.filter(({ data }) => data.instance === instance);

export const kindsOf = (events: readonly CloudEvent[], instance: string): EventKind[] =>
  eventsOf(events, instance).map(({ data }) => data.kind);

/** The kinds of the events of each instance, in the order of time. */
export function histories(events: readonly CloudEvent[]): Record<string, EventKind[]> {
  const kinds: Record<string, EventKind[]> = {};
  for (const { data } of events) {
    if (data.instance !== undefined)
      kinds[data.instance] = [...(kinds[data.instance] ?? []), data.kind];
  }
  return kinds;
}
