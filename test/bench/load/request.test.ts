import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { kindOf } from '../../../service/profiles/hbtd/xname.ts';
import {
  fleetSize,
  fleetSizeOf,
  type HeartbeatRequest,
  renderRequest,
  stampNow,
  stampUnique,
} from './request.ts';

const heartbeat = z.strictObject({
  name: z.string(),
  version: z.string(),
  instance: z.string(),
  timestamp: z.number(),
  interval: z.literal(60),
});

const bodyOf = ({ bytes }: HeartbeatRequest): string => bytes.toString().split('\r\n\r\n')[1] ?? '';

describe('renderRequest', () => {
  it('renders a heartbeat of 149 bytes and declares its length', () => {
    const request = renderRequest({ path: '/path', format: 'full', batch: 1 }, 0);
    stampNow(request, 1_700_000_000_123);
    const body = bodyOf(request);
    expect(body).toHaveLength(149);
    expect(request.bytes.toString()).toContain('POST /path HTTP/1.1\r\n');
    expect(request.bytes.toString()).toContain('Content-Length: 149\r\n');
    expect(heartbeat.parse(JSON.parse(body)).timestamp).toBe(1_700_000_000_123);
  });

  it.each(['full', 'compact'] as const)('gives each instance its own identity: %s', (format) => {
    const request = renderRequest({ path: '/', format, batch: fleetSize }, 0);
    stampNow(request, 1_700_000_000_000);
    const heartbeats = z.array(heartbeat).parse(JSON.parse(bodyOf(request)));
    const identities = heartbeats.map(({ name, instance }) => `${name} ${instance}`);
    expect(new Set(identities).size).toBe(fleetSize);
    expect(new Set(heartbeats.map(({ name }) => name)).size).toBe(20);
  });

  it('renders a heartbeat of each node of a Cray system', () => {
    const hbtd = { path: '/', format: 'hbtd', batch: 1 } as const;
    const bodies = Array.from({ length: fleetSizeOf('hbtd') }, (_, index) =>
      bodyOf(renderRequest(hbtd, index)),
    );
    const names = bodies.map((body) => z.object({ Component: z.string() }).parse(JSON.parse(body)));
    expect(new Set(names.map(({ Component }) => Component)).size).toBe(10_000);
    expect(names.every(({ Component }) => kindOf(Component) === 'Node')).toBe(true);
    const request = renderRequest(hbtd, 7);
    stampNow(request, 1_700_000_000_123);
    expect(JSON.parse(bodyOf(request))).toMatchObject({
      Timestamp: '1700000000123',
      NID: '000008',
    });
  });

  it('renders 10,000 compact heartbeats in less than 1 MiB', () => {
    const request = renderRequest({ path: '/', format: 'compact', batch: 10_000 }, 0);
    expect(bodyOf(request).length).toBeLessThan(2 ** 20);
  });
});

describe('stampUnique', () => {
  it('never gives one instance the same time twice', () => {
    const seen = new Set<string>();
    const batch = 2 * fleetSize;
    for (let n = 0; n < 3; n++) {
      const request = renderRequest({ path: '/', format: 'compact', batch }, 0);
      stampUnique(request, 1_700_000_000_000, n * batch);
      for (const one of z.array(heartbeat).parse(JSON.parse(bodyOf(request)))) {
        seen.add(`${one.name} ${one.instance} ${one.timestamp}`);
      }
    }
    expect(seen.size).toBe(3 * batch);
  });
});
