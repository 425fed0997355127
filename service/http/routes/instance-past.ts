import { cloudEvent } from '../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Identity, identityKey } from '../../contract/instance.ts';
import type { MeasuredReader } from '../../contract/openstack/measured.ts';
import type { Presence } from '../../contract/presence.ts';
import { isoTime } from '../../contract/values/iso-time.ts';
import { formatTime } from '../../query/calendar.ts';
import type { EventPage, EventQuery } from '../../query/events.ts';
import type { InstancePastQuery } from '../../query/instances/query.ts';
import type { Period } from '../../query/period/query.ts';

export type PastSources = {
  /** Presences of an instance that touch a time, in their order. */
  presencesOf(identity: Identity, fromMs: number, toMs: number): Promise<readonly Presence[]>;
  events(query: EventQuery): Promise<EventPage>;
  /** Heartbeats in Monasca; undefined if none is configured. */
  readonly measured?: MeasuredReader | undefined;
};

const maxPresences = 1_000;
const maxEvents = 100;
const maxHeartbeats = 1_000;

/** The presences and events of an instance in a period, as far as the query includes them. */
export async function readPast(
  identity: Identity,
  { include, fromMs, toMs, timeZone, nowMs }: InstancePastQuery,
  { presencesOf, events, measured }: PastSources,
) {
  const toPresence = (presence: Presence) => ({
    from: formatTime(presence.fromMs, timeZone),
    to: formatTime(presence.toMs, timeZone),
    isOver: presence.reachMs < nowMs,
  });
  const presences = async () =>
    (await presencesOf(identity, fromMs, toMs - 1))
      .filter((presence) => presence.toMs >= fromMs)
      .slice(-maxPresences)
      .reverse()
      .map(toPresence);
  const ownEvents = async () =>
    (await eventsOf(identity, { fromMs, toMs }, events)).map((event) => cloudEvent(event));
  return {
    presences: include.includes('presences') ? await presences() : undefined,
    events: include.includes('events') ? await ownEvents() : undefined,
    heartbeats:
      include.includes('heartbeats') && measured
        ? await heartbeatsOf(identity, { fromMs, toMs }, measured)
        : undefined,
  };
}

async function heartbeatsOf(
  identity: Identity,
  { fromMs, toMs }: Period,
  measured: MeasuredReader,
): Promise<string[] | undefined> {
  const query = { fromMs, toMs, filter: identity, widthsMs: [], marginMs: () => 0 };
  const result = await measured(query, new AbortController().signal);
  if (result.kind !== 'beats' || result.widthMs !== 0) return undefined;
  const own = result.instances.find((one) => identityKey(one) === identityKey(identity));
  return [...new Set(own?.timesMs ?? [])]
    .sort((a, b) => a - b)
    .slice(-maxHeartbeats)
    .map((ms) => isoTime(ms));
}

/** The identity works as globs, which may match other instances too. */
async function eventsOf(
  identity: Identity,
  { fromMs, toMs }: Period,
  events: PastSources['events'],
): Promise<LivenessEvent[]> {
  const filter = { ...identity, fromMs, toMs };
  const isOwn = ({ subject }: LivenessEvent) =>
    subject !== undefined &&
    'instance' in subject &&
    identityKey(subject) === identityKey(identity);
  const found: LivenessEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await events({ filter, order: 'descending', limit: maxEvents, cursor });
    found.push(...page.events.filter(isOwn));
    cursor = page.next;
  } while (cursor !== undefined && found.length < maxEvents);
  return found.slice(0, maxEvents);
}
