import type { LivenessEvent } from '../../contract/event.ts';
import { oneLine } from './one-line.ts';
import { type Standing, standingOf, type Tone } from './standing.ts';

/** So long is a name in a headline at most: a subject line is read at a glance. */
const maxName = 40;
const maxComponents = 3;

export type Headline = {
  /** The essence: `DOWN: Orion 1.0 (3 instances)`. */
  readonly headline: string;
  readonly tone: Tone;
  /** Whom it names first. */
  readonly lead: LivenessEvent['subject'];
};

type Latest = { readonly event: LivenessEvent; readonly standing: Standing };

/**
 * What is worst after all of the events, and of whom: an instance that went down and came back
 * within the batch is no longer down.
 */
export function headlineOf(events: readonly LivenessEvent[]): Headline {
  const latest = new Map<string, Latest>();
  for (const event of events) {
    latest.set(JSON.stringify(subjectKey(event)), { event, standing: standingOf(event) });
  }
  const all = [...latest.values()];
  const rank = Math.max(...all.map(({ standing }) => standing.rank));
  const worst = all.filter(({ standing }) => standing.rank === rank);
  const { word, tone } = worst[0]?.standing ?? { word: 'NOTHING', tone: 'neutral' };
  const about = subjectsInWords(worst.map(({ event }) => event));
  const headline = about === '' ? word : `${word}: ${about}`;
  return { headline, tone, lead: worst[0]?.event.subject };
}

/** What a later event of the same takes the place of. */
function subjectKey({ kind, subject }: LivenessEvent): readonly string[] {
  if (subject === undefined) return [kind.split('.')[0] ?? kind];
  const { name, version } = subject;
  return 'instance' in subject ? [name, version, subject.instance] : [name, version];
}

/** `Orion 1.0 (3 instances), Perseo 2.1 and 4 more`. */
function subjectsInWords(events: readonly LivenessEvent[]): string {
  const components = new Map<string, string[]>();
  const others = new Set<string>();
  for (const { subject, kind, data } of events) {
    if (subject === undefined) {
      others.add(matterInWords(kind, data));
      continue;
    }
    const component = `${oneLine(subject.name, maxName)} ${oneLine(subject.version, maxName)}`;
    const instances = components.get(component) ?? [];
    if ('instance' in subject) instances.push(oneLine(subject.instance, maxName));
    components.set(component, instances);
  }
  const parts = [
    ...[...others].filter((text) => text !== ''),
    ...[...components].map(([component, instances]) => withInstances(component, instances)),
  ];
  const more = parts.length - maxComponents;
  const shown = parts.slice(0, maxComponents).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function withInstances(component: string, instances: readonly string[]): string {
  if (instances.length > 1) return `${component} (${instances.length} instances)`;
  return [component, ...instances].join(' ');
}

function matterInWords(kind: LivenessEvent['kind'], data: LivenessEvent['data']): string {
  switch (kind) {
    case 'mass_outage': {
      const { absent, wereUp } = data ?? {};
      return typeof absent === 'number' ? `${absent} of ${String(wereUp)} instances` : '';
    }
    case 'mass_outage.ended':
      return 'mass outage';
    default:
      return '';
  }
}
