import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { kindOf } from '../../service/profiles/hbtd/xname.ts';
import { fleetSize, type Request, renderRequest, sizeOf, stampNow, stampUnique } from './fleet.ts';

const heartbeat = z.strictObject({
  name: z.string(),
  version: z.string(),
  instance: z.string(),
  timestamp: z.number(),
  interval: z.literal(60),
});

const bodyOf = ({ bytes }: Request): string => bytes.toString().split('\r\n\r\n')[1] ?? '';

describe('renderRequest', () => {
  it('makes a heartbeat of 149 bytes, whose length the head declares', () => {
    const request = renderRequest('/path', 'full', 1, 0);
    stampNow(request, 1_700_000_000_123);
    const body = bodyOf(request);
    expect(body).toHaveLength(149);
    expect(request.bytes.toString()).toContain('POST /path HTTP/1.1\r\n');
    expect(request.bytes.toString()).toContain('Content-Length: 149\r\n');
    expect(heartbeat.parse(JSON.parse(body)).timestamp).toBe(1_700_000_000_123);
  });

  it.each(['full', 'compact'] as const)('gives each of the fleet its own name: %s', (form) => {
    const request = renderRequest('/', form, fleetSize, 0);
    stampNow(request, 1_700_000_000_000);
    const beats = z.array(heartbeat).parse(JSON.parse(bodyOf(request)));
    expect(new Set(beats.map((beat) => `${beat.name} ${beat.instance}`)).size).toBe(fleetSize);
    expect(new Set(beats.map((beat) => beat.name)).size).toBe(20);
  });

  it('lets each node of a Cray system speak for itself', () => {
    const bodies = Array.from({ length: sizeOf('hbtd') }, (_, index) =>
      bodyOf(renderRequest('/', 'hbtd', 1, index)),
    );
    const names = bodies.map((body) => z.object({ Component: z.string() }).parse(JSON.parse(body)));
    expect(new Set(names.map(({ Component }) => Component)).size).toBe(10_000);
    expect(names.every(({ Component }) => kindOf(Component) === 'Node')).toBe(true);
    const request = renderRequest('/', 'hbtd', 1, 7);
    stampNow(request, 1_700_000_000_123);
    expect(JSON.parse(bodyOf(request))).toMatchObject({
      Timestamp: '1700000000123',
      NID: '000008',
    });
  });

  it('fits 10,000 compact heartbeats into 1 MiB', () => {
    expect(bodyOf(renderRequest('/', 'compact', 10_000, 0)).length).toBeLessThan(2 ** 20);
  });
});

describe('stampUnique', () => {
  it('never gives one instance the same time twice', () => {
    const seen = new Set<string>();
    const batch = 2 * fleetSize;
    for (let round = 0; round < 3; round++) {
      const request = renderRequest('/', 'compact', batch, 0);
      stampUnique(request, 1_700_000_000_000, round * batch);
      for (const beat of z.array(heartbeat).parse(JSON.parse(bodyOf(request)))) {
        seen.add(`${beat.name} ${beat.instance} ${beat.timestamp}`);
      }
    }
    expect(seen.size).toBe(3 * batch);
  });
});
