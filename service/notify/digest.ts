import { defined } from '../contract/defined.ts';
import type { LivenessEvent } from '../contract/event.ts';
import { toSingleLine } from './single-line.ts';

/** Summary of a batch of events for people. All texts are single lines, not escaped. */
export type Digest = {
  /** Summary in a few words: `DOWN: Orion 1.0 (3 instances)`. */
  readonly title: string;
  readonly tone: Tone;
  /** The first subject in the title. */
  readonly lead: LivenessEvent['subject'];
  /** One line for each event, in order. */
  readonly lines: readonly DigestLine[];
};

export type DigestLine = {
  readonly atMs: number;
  readonly status: EventStatus;
  /** `Orion 1.0`, or the subject of an event without a component. */
  readonly component: string;
  readonly instance?: string;
  readonly reason: string;
  /** `2026-01-01 12:00:00 UTC`. */
  readonly time: string;
};

/** Colour of a message. */
export type Tone = 'bad' | 'warning' | 'good' | 'neutral';

/** Status of the subject after an event. The title names the status with the highest rank. */
type EventStatus = { readonly label: string; readonly tone: Tone; readonly rank: number };

/** Longest name in a title: a subject line is read at a glance. */
const maxTitleName = 40;
const maxTitleComponents = 3;
const maxName = 255;
const maxReason = 500;

type Latest = { readonly event: LivenessEvent; readonly status: EventStatus };

/**
 * The title names the worst status after all of the events: an instance that went down and recovered
 * within the batch is not down.
 */
export function digestOf(events: readonly LivenessEvent[]): Digest {
  const latest = new Map<string, Latest>();
  for (const event of events) {
    latest.set(JSON.stringify(subjectKey(event)), { event, status: statusOf(event) });
  }
  const all = [...latest.values()];
  const rank = Math.max(...all.map(({ status }) => status.rank));
  const worst = all.filter(({ status }) => status.rank === rank);
  const { label, tone } = worst[0]?.status ?? status('NOTHING', 'neutral', 0);
  const subjects = formatSubjects(worst.map(({ event }) => event));
  return {
    title: subjects === '' ? label : `${label}: ${subjects}`,
    tone,
    lead: worst[0]?.event.subject,
    lines: events.map(lineOf),
  };
}

function lineOf(event: LivenessEvent): DigestLine {
  const { subject, reason, atMs } = event;
  const instance = subject && 'instance' in subject ? subject.instance : undefined;
  return {
    atMs,
    status: statusOf(event),
    component: subject ? formatComponent(subject, maxName) : subjectWithoutComponent(event),
    ...defined({
      instance: instance === undefined ? undefined : toSingleLine(instance, maxName),
    }),
    reason: toSingleLine(reason, maxReason),
    time: `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  };
}

const subjectWithoutComponent = ({ kind }: LivenessEvent): string =>
  kind === 'mass_outage' || kind === 'mass_outage.ended' ? 'Many instances' : 'The service';

/** Equal for events of which a later one replaces an earlier one in the title. */
function subjectKey({ kind, subject }: LivenessEvent): readonly string[] {
  if (subject === undefined) return [kind.split('.')[0] ?? kind];
  const { name, version } = subject;
  return 'instance' in subject ? [name, version, subject.instance] : [name, version];
}

/** `Orion 1.0 (3 instances), Perseo 2.1 and 4 more`. */
function formatSubjects(events: readonly LivenessEvent[]): string {
  const components = new Map<string, string[]>();
  const others = new Set<string>();
  for (const { subject, kind, data } of events) {
    if (subject === undefined) {
      others.add(formatMassOutage(kind, data));
      continue;
    }
    const component = formatComponent(subject, maxTitleName);
    const instances = components.get(component) ?? [];
    if ('instance' in subject) instances.push(toSingleLine(subject.instance, maxTitleName));
    components.set(component, instances);
  }
  const parts = [
    ...[...others].filter((text) => text !== ''),
    ...[...components].map(([component, instances]) => formatInstances(component, instances)),
  ];
  const more = parts.length - maxTitleComponents;
  const listed = parts.slice(0, maxTitleComponents).join(', ');
  return more > 0 ? `${listed} and ${more} more` : listed;
}

const formatComponent = (
  { name, version }: { readonly name: string; readonly version: string },
  maxCharacters: number,
): string => `${toSingleLine(name, maxCharacters)} ${toSingleLine(version, maxCharacters)}`;

function formatInstances(component: string, instances: readonly string[]): string {
  if (instances.length > 1) return `${component} (${instances.length} instances)`;
  return [component, ...instances].join(' ');
}

function formatMassOutage(kind: LivenessEvent['kind'], data: LivenessEvent['data']): string {
  if (kind === 'mass_outage.ended') return 'mass outage';
  if (kind !== 'mass_outage') return '';
  const { absent, wereUp } = data ?? {};
  return typeof absent === 'number' ? `${absent} of ${String(wereUp)} instances` : '';
}

const status = (label: string, tone: Tone, rank: number): EventStatus => ({ label, tone, rank });

const down = status('DOWN', 'bad', 80);
const late = status('LATE', 'warning', 30);
const resolved = status('RESOLVED', 'good', 20);

/** A `calm` instance is in a state that no other event reports. */
function statusOf({ kind, state }: LivenessEvent): EventStatus {
  switch (kind) {
    case 'mass_outage':
      return status('MASS OUTAGE', 'bad', 90);
    case 'down':
    case 'component.down':
      return down;
    case 'still_down':
      return status('STILL DOWN', 'bad', 70);
    case 'component.never_seen':
      return status('NEVER SEEN', 'bad', 60);
    case 'component.degraded':
      return status('DEGRADED', 'warning', 50);
    case 'pattern.matched':
      return status('PATTERN', 'warning', 45);
    case 'flapping':
      return status('FLAPPING', 'warning', 40);
    case 'status.not_ok':
      return status('NOT OK', 'bad', 45);
    case 'late':
      return late;
    case 'calm':
      if (state === 'down') return down;
      return state === 'late' ? late : resolved;
    case 'recovered':
    case 'status.ok':
    case 'component.recovered':
    case 'mass_outage.ended':
    case 'pattern.ended':
      return resolved;
    case 'started':
      return status('STARTED', 'neutral', 10);
    case 'retired':
      return status('RETIRED', 'neutral', 11);
    case 'clock.skewed':
      return status('CLOCK SKEWED', 'warning', 17);
    case 'params.changed':
      return status('PARAMETERS CHANGED', 'neutral', 12);
    case 'silence.created':
      return status('SILENCE', 'neutral', 13);
    case 'silence.ended':
      return status('SILENCE ENDED', 'neutral', 14);
    case 'admin.acted':
      return status('ADMIN ACTION', 'neutral', 16);
    case 'relay.closed':
      return status('RELAY CLOSED', 'bad', 65);
    case 'relay.opened':
      return status('RELAY OPEN', 'good', 18);
    case 'site.down':
      return down;
    case 'site.recovered':
      return resolved;
    case 'site.unmonitored':
      return status('UNMONITORED', 'warning', 45);
    case 'test':
      return status('TEST', 'neutral', 15);
  }
}
