import type { Component, Identity, InstanceState, Thresholds } from './instance.ts';

/** Kinds of events: of an instance, of a component, of the service. */
export const eventKinds = [
  'started',
  'late',
  'down',
  /** It was reported to be down before, and still is: a reminder, or the end of a silence. */
  'still_down',
  'recovered',
  'retired',
  /** It is alive, and reports that something is wrong with it; `status.ok` is the end of that. */
  'status.not_ok',
  'status.ok',
  /** It changes its state so often that single changes are not reported until it is `calm`. */
  'flapping',
  'calm',
  /** Fewer instances are alive than `minInstances`, but some. */
  'component.degraded',
  'component.down',
  'component.recovered',
  /** An expected component that never sent a heartbeat. */
  'component.never_seen',
  /** One event in place of very many; `mass_outage.ended` closes it. */
  'mass_outage',
  'mass_outage.ended',
  /** The clock of a sender is wrong: its heartbeats count, but their timestamps are off. */
  'clock.skewed',
  /** Log records match a pattern, or none has for too long; `pattern.ended` closes it. */
  'pattern.matched',
  'pattern.ended',
  'params.changed',
  /** An operation that leaves no other event, for example a retry of dead letters. */
  'admin.acted',
  /** A rule that suppresses notifications for matching instances, and its end. */
  'silence.created',
  'silence.ended',
  /** The gate of a relay opens, and closes, with the sources that are missing. */
  'relay.opened',
  'relay.closed',
  /** The outside monitor of a site raises its alert, ends it, or reminds that it is disabled. */
  'site.down',
  'site.recovered',
  'site.unmonitored',
  /** Requested by an operator to test a notifier; never in the log. */
  'test',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** An immutable fact. It carries everything that a notifier prints: nothing is looked up later. */
export type LivenessEvent = {
  /** A ULID: sorts by time, and is the same at every delivery. */
  readonly id: string;
  /** When it became true, epoch milliseconds. */
  readonly atMs: number;
  readonly kind: EventKind;
  /** An instance, a component, or undefined for the service. */
  readonly subject: Identity | Component | undefined;
  readonly state?: InstanceState;
  readonly previous?: InstanceState;
  /** Seconds since the last heartbeat, blind time not counted. */
  readonly ageSeconds?: number;
  readonly thresholds?: Thresholds;
  /**
   * Id of the silence, or the maintenance window, that was active when the event was made: the event
   * is logged, and notified only by notifiers with `silenced: true`.
   */
  readonly silencedBy?: string;
  /** One sentence for people. */
  readonly reason: string;
  /** Counts, names, parameters of this kind. */
  readonly data?: Readonly<Record<string, unknown>>;
};

/** An event before its id and time are set. */
export type EventBody = Omit<LivenessEvent, 'id' | 'atMs'>;
