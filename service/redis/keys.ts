import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Component, Identity } from '../contract/instance.ts';

/*
 * Names of the keys. Names, versions and instances may contain colons, so they are percent-encoded in
 * our own keys: `component:Orion:1.0`, `instance:Orion:1.0:i-1`. The keys of pipeline-heartbeat's
 * subscriber have them as they are, as its readers expect.
 */

/** Stream of changes. */
export const changesKey = 'changes';
/** Present when all states of the event log have been written; missing in a Redis that lost its data. */
export const restoredKey = 'restored';

export const componentKeyOf = ({ name, version }: Component): string =>
  `component:${encoded(name)}:${encoded(version)}`;

export const instanceKeyOf = ({ name, version, instance }: Identity): string =>
  `instance:${encoded(name)}:${encoded(version)}:${encoded(instance)}`;

/** Half a surrogate pair cannot be encoded, and becomes the replacement character. */
const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());

/** Key of pipeline-heartbeat's subscriber for a heartbeat. */
export function subscriberKeyOf({ name, status }: Heartbeat): string {
  return `service:${name}:${status ?? 'ok'}`;
}

/** Value of such a key: `2026-11-30 10:00:00 UTC`. */
export const subscriberTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
