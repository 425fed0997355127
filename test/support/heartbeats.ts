import type { Heartbeat } from '../../service/contract/heartbeat.ts';

/** `count` heartbeats of as many instances, distinguishable by `instance`. */
export function someHeartbeats(count: number, first = 1): Heartbeat[] {
  return Array.from({ length: count }, (_, index) => ({
    name: 'Orion',
    version: '1.0',
    instance: `i-${first + index}`,
    timestampMs: 1_767_225_600_000 + index,
    receivedAtMs: 1_767_225_600_000 + index,
  }));
}

/** Heartbeats of about 2 KiB each. */
export const largeHeartbeats = (count: number): Heartbeat[] =>
  someHeartbeats(count).map((heartbeat) => ({ ...heartbeat, meta: { x: 'x'.repeat(1_900) } }));
