import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Component, Identity } from '../contract/instance.ts';
import {
  type PipelineComponent,
  pipelineStatusOf,
  pipelineVersion,
} from '../contract/profiles/pipeline-heartbeat.ts';

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

/**
 * Key of pipeline-heartbeat's subscriber for a heartbeat: hosts, consumers and components of other
 * protocols are services. Undefined for a publisher, which has none.
 */
export function subscriberKeyOf(heartbeat: Heartbeat): string | undefined {
  const { name, version, instance, status } = heartbeat;
  if (version !== pipelineVersion) return `service:${name}:${status ?? 'ok'}`;
  const word = pipelineStatusOf(heartbeat);
  if (name === ('queue' satisfies PipelineComponent)) return `queue:${instance}:${word}`;
  if (name === ('publisher' satisfies PipelineComponent)) return undefined;
  return `service:${instance}:${word}`;
}

/** Value of such a key: `2026-11-30 10:00:00 UTC`. */
export const subscriberTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
