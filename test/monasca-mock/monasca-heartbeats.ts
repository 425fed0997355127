import type { MonascaServer } from '../support/monasca-server.ts';

export const start = Date.UTC(2026, 10, 20, 5);

/** The ISO time `seconds` after `start`. */
export const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

export const i1 = { name: 'svc', version: '1.0', instance: 'i1' };
export const i2 = { name: 'svc', version: '1.0', instance: 'i2' };
export const other = { name: 'other', version: '2.0' };

const point = (dimensions: object, seconds: number, value = 1, name = 'GE_Heartbeat') => ({
  name,
  dimensions,
  timestamp: start + seconds * 1000,
  value,
});

/** Two instances with alternating heartbeats, one series without an instance, two other metrics. */
export async function postHeartbeats(server: MonascaServer): Promise<void> {
  await server.post([
    ...[0, 60, 120, 180, 240].map((seconds) => point(i1, seconds)),
    ...[30, 90, 150, 210, 270].map((seconds) => point(i2, seconds)),
    point(other, 1, 2.5),
    point({}, 0, 3, 'zmetric'),
    point({ url: 'http://x:1/y', 'a b': "it's" }, 0, 1, 'odd'),
  ]);
}
