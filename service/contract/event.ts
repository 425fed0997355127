import type { Identity, InstanceState, Thresholds } from './instance.ts';

/** What can happen to an instance, to a component, and to the service's own view of things. */
export const eventKinds = [
  'started',
  'late',
  'down',
  /** It was told to be down before, and is so still: a reminder, or what a silence had kept back. */
  'still_down',
  'recovered',
  'retired',
  /** It changes its state so often that single changes are not told until it is `calm`. */
  'flapping',
  'calm',
  /** Fewer instances are up than `minInstances` says, but some. */
  'component.degraded',
  'component.down',
  'component.recovered',
  /** An expected component that never sent a heartbeat. */
  'component.never_seen',
  /** One event in place of a storm of them; `mass_outage.ended` closes it. */
  'mass_outage',
  'mass_outage.ended',
  'params.changed',
  /** Somebody did what leaves no other event, for example sent dead letters again. */
  'admin.acted',
  /** A rule that keeps events of matching instances from being notified, and the end of one. */
  'silence.created',
  'silence.ended',
  /** Somebody asked for it, to see whether a notifier works; it is never in the log. */
  'test',
] as const;
export type EventKind = (typeof eventKinds)[number];

/**
 * A frozen fact. It carries everything that whoever tells of it will want to print; nobody looks
 * anything up for it later.
 */
export type LivenessEvent = {
  /** A ULID: sorts by time, and is the same at every delivery. */
  readonly id: string;
  /** When it became true, epoch milliseconds. */
  readonly atMs: number;
  readonly kind: EventKind;
  /** Of components the name and version alone; of the service nothing. */
  readonly subject: Identity | Pick<Identity, 'name' | 'version'> | undefined;
  readonly state?: InstanceState;
  readonly previous?: InstanceState;
  /** Seconds since the last heartbeat, our own blind time not counted. */
  readonly ageSeconds?: number;
  readonly thresholds?: Thresholds;
  /**
   * The id of the silence, or the maintenance window, that held when the event was made: it is
   * logged, and notified to nobody who did not ask for such.
   */
  readonly silencedBy?: string;
  /** For a person: one sentence. */
  readonly reason: string;
  /** Counts, names, parameters: what only this kind has. */
  readonly data?: Readonly<Record<string, unknown>>;
};

/** An event before its id and time are set. */
export type EventBody = Omit<LivenessEvent, 'id' | 'atMs'>;
