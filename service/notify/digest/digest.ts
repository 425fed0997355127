import type { LivenessEvent } from '../../contract/event.ts';
import { type Headline, headlineOf } from './headline.ts';
import { oneLine } from './one-line.ts';
import { type Standing, standingOf } from './standing.ts';

/** What people are told of a batch of events. All texts are one line each, and of no format. */
export type Digest = Headline & {
  /** One for each event, in order. */
  readonly lines: readonly DigestLine[];
};

export type DigestLine = {
  readonly atMs: number;
  readonly standing: Standing;
  /** `Orion 1.0`; what it is about where it is no component. */
  readonly component: string;
  readonly instance?: string;
  readonly reason: string;
  /** `2026-01-01 12:00:00 UTC`. */
  readonly time: string;
};

const maxName = 255;
const maxReason = 500;

export function digestOf(events: readonly LivenessEvent[]): Digest {
  return { ...headlineOf(events), lines: events.map(lineOf) };
}

function lineOf(event: LivenessEvent): DigestLine {
  const { subject, reason, atMs } = event;
  const instance = subject && 'instance' in subject ? subject.instance : undefined;
  return {
    atMs,
    standing: standingOf(event),
    component: subject
      ? `${oneLine(subject.name, maxName)} ${oneLine(subject.version, maxName)}`
      : serviceMatter(event),
    ...(instance === undefined ? {} : { instance: oneLine(instance, maxName) }),
    reason: oneLine(reason, maxReason),
    time: timeText(atMs),
  };
}

function serviceMatter({ kind }: LivenessEvent): string {
  switch (kind) {
    case 'mass_outage':
    case 'mass_outage.ended':
      return 'Many instances';
    default:
      return 'The service';
  }
}

const timeText = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
